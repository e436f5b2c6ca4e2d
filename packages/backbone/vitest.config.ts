import { tests } from '../../vitest.shared.ts';

export default tests('backbone', ['@mint/test-utils/setup']);
