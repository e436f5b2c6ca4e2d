import { tests } from '../../vitest.shared.ts';

export default tests('inr', ['@mint/test-utils/setup']);
