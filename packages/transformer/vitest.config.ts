import { project } from '../../vitest.shared.ts';

export default project('transformer', ['@mint/test-utils/setup']);
