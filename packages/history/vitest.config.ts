import { project } from '../../vitest.shared.ts';

export default project('history', ['@mint/test-utils/setup']);
