import { tests } from '../../vitest.shared.ts';

export default tests('hub', ['@mint/test-utils/setup']);
