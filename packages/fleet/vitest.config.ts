import { tests } from '../../vitest.shared.ts';

export default tests('fleet', ['@mint/test-utils/setup']);
