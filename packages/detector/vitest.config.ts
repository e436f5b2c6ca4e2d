import { tests } from '../../vitest.shared.ts';

export default tests('detector', ['@mint/test-utils/setup']);
