import * as tf from '@tensorflow/tfjs-core';
import { graphDtype } from '../../graph/dtype.js';
import { cast, channelsFirstAxis, kernel, transpose } from '../kernel.js';

export const shapeKernels = [
  kernel<tf.IdentityInputs>(tf.Identity, (backend, { x }) => backend.share(x)),
  kernel<tf.ReshapeInputs, tf.ReshapeAttrs>(tf.Reshape, (backend, { x }, { shape }) => {
    const wanted = tf.util.inferFromImplicitShape(shape, tf.util.sizeFromShape(x.shape));
    tf.util.assert(
      tf.util.sizeFromShape(x.shape) === tf.util.sizeFromShape(wanted),
      () =>
        `The new shape (${wanted}) has ${tf.util.sizeFromShape(wanted)} elements and the old shape (${x.shape}) has ` +
        `${tf.util.sizeFromShape(x.shape)} elements. The new shape and old shape must have the same number of elements.`,
    );
    return backend.share(x, wanted);
  }),
  kernel<tf.ExpandDimsInputs, tf.ExpandDimsAttrs>(tf.ExpandDims, (backend, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? input.shape.length + dim + 1 : dim, 0, 1);
    return backend.share(input, shape);
  }),
  kernel<tf.CastInputs, tf.CastAttrs>(tf.Cast, (backend, { x }, { dtype }) => {
    const wanted = graphDtype(dtype);
    if (x.dtype === wanted) return backend.share(x);
    if (backend.isChannelsFirst(x)) return backend.makeChannelsFirst(cast(backend.channelsFirst(x), wanted));
    return backend.make(cast(backend.plain(x), wanted));
  }),
  kernel<tf.TransposeInputs, tf.TransposeAttrs>(tf.Transpose, (backend, { x }, { perm }) => {
    if (perm.every((axis, i) => axis === i)) return backend.share(x);
    if (!backend.isChannelsFirst(x)) return backend.make(transpose(backend.plain(x), perm));
    const combined = perm.map(channelsFirstAxis);
    return backend.make(transpose(backend.channelsFirst(x), combined));
  }),
];
