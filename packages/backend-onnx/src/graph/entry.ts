import { reshape, sameImage, swapLayout, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from './layout.js';
import { type Data, type Shape, sameShape, type Value } from './value.js';

/**
 * The elements of one tensor of tfjs, and of those that share them: in tfjs' order (channels last), in ONNX Runtime's
 * order for images (channels first), or in both.
 */
export class Entry {
  refCount = 1;
  // Its place among the entries that are not computed yet; `Pending` sets these.
  isPending = false;
  before: Entry | undefined = undefined;
  after: Entry | undefined = undefined;
  private inOrder: Value | undefined;
  private imagesFirst: Value | undefined;
  private views: Map<string, Value> | undefined = undefined;

  /** @param inOrder - Elements in tfjs' order; one of the two must be there. */
  constructor(inOrder: Value | undefined, channelsFirst?: Value) {
    this.inOrder = inOrder;
    this.imagesFirst = channelsFirst;
  }

  /** The elements, once they are known. */
  get data(): Data | undefined {
    return this.inOrder?.data;
  }

  /** The elements in tfjs' order. */
  plain(): Value {
    if (this.inOrder === undefined) {
      if (this.imagesFirst === undefined) throw new Error('onnx backend: a tensor has no value');
      this.inOrder = swapLayout(this.imagesFirst, TO_CHANNELS_LAST);
    }
    return this.inOrder;
  }

  /** The elements in tfjs' order, in another shape of the same size. */
  view(shape: Shape): Value {
    const plain = this.plain();
    if (sameShape(plain.shape, shape)) return plain;
    const key = shape.join();
    this.views ??= new Map();
    let view = this.views.get(key);
    if (view === undefined) {
      view = reshape(plain, shape);
      this.views.set(key, view);
    }
    return view;
  }

  /** Whether the elements are there only as [N, C, H, W] of the [N, H, W, C] `shape`. */
  isChannelsFirst(shape: Shape): boolean {
    return (
      this.inOrder === undefined && this.imagesFirst !== undefined && sameImage(this.imagesFirst.shape, shape)
    );
  }

  /** The elements of the [N, H, W, C] `shape` as [N, C, H, W]. */
  channelsFirst(shape: Shape): Value {
    if (this.imagesFirst !== undefined && sameImage(this.imagesFirst.shape, shape)) return this.imagesFirst;
    const value = swapLayout(this.view(shape), TO_CHANNELS_FIRST);
    if (this.inOrder !== undefined && sameShape(this.inOrder.shape, shape)) this.imagesFirst = value;
    return value;
  }

  /** Drops the other forms of the elements, which would hold on to the graph that was just run. */
  dropForms(): void {
    this.imagesFirst = undefined;
    this.views = undefined;
  }
}
