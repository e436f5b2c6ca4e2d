import { project } from '../../vitest.shared.ts';

export default project('trainer', ['@mint/test-utils/setup']);
