/** Where a class folder keeps its images and masks; paths are parts below the class folder. */
export interface TreeLayout {
  /** Name of the folders of good images. */
  readonly good: string;
  /** Folder of the test images, with one folder per kind of defect in it. */
  readonly test: string;
  /** Folder inside each kind that holds the images: `['rgb']`. Default: none. */
  readonly inside?: readonly string[] | undefined;
  /** The masks of a kind lie in `<root>/<kind>`, or in a folder inside the kind's own folder. */
  readonly masks: { readonly root: readonly string[] } | { readonly inside: string };
  /** The masks of an image are the files of a folder named after its stem. Default: one file, `<stem>_mask` or `<stem>`. */
  readonly maskFolders?: boolean | undefined;
}

export const MVTEC_LAYOUT: TreeLayout = {
  good: 'good',
  test: 'test',
  masks: { root: ['ground_truth'] },
};
