import { project } from '../../vitest.shared.ts';

export default project('losses', ['@mint/test-utils/setup']);
