import { project } from '../../vitest.shared.ts';

export default project('backbone', ['@mint/test-utils/setup']);
