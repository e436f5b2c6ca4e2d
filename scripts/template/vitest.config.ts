import { project } from '../../vitest.shared.ts';

export default project('__NAME__', ['@mint/test-utils/setup']);
