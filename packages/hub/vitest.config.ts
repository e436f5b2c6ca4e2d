import { project } from '../../vitest.shared.ts';

export default project('hub', ['@mint/test-utils/setup']);
