import { tests } from '../../vitest.shared.ts';

export default tests('history', ['@mint/test-utils/setup']);
