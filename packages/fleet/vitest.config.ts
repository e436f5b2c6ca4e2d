import { project } from '../../vitest.shared.ts';

export default project('fleet', ['@mint/test-utils/setup']);
