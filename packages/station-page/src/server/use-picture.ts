import { useEffect, useState } from 'preact/hooks';
import { askPicture } from './ask.js';

/** Address of a picture for an image element: fetched by the page, since an element cannot send a token. */
export function usePicture(path: string | undefined): { readonly url?: string; readonly missing: boolean } {
  const [state, setState] = useState<{ path?: string; url?: string; missing: boolean }>({ missing: false });
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    let url: string | undefined;
    askPicture(path, controller.signal).then(
      (blob) => {
        if (controller.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setState({ path, url, missing: false });
      },
      () => {
        if (!controller.signal.aborted) setState({ path, missing: true });
      },
    );
    return () => {
      controller.abort();
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [path]);
  if (path === undefined) return { missing: true };
  return state.path === path ? state : { missing: false };
}
