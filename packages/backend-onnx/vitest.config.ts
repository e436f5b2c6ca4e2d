import { project } from '../../vitest.shared.ts';

export default project('backend-onnx', ['@mint/test-utils/setup']);
