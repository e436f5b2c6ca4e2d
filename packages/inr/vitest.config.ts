import { project } from '../../vitest.shared.ts';

export default project('inr', ['@mint/test-utils/setup']);
