import { tests } from '../../vitest.shared.ts';

export default tests('losses', ['@mint/test-utils/setup']);
