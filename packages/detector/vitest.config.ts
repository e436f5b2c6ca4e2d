import { project } from '../../vitest.shared.ts';

export default project('detector', ['@mint/test-utils/setup']);
