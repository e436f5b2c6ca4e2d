/** Starts the camera on the back of the device if there are two. Its images stay in the page. */
export async function startCamera(video: HTMLVideoElement): Promise<void> {
  const constraints = { video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false };
  video.srcObject = await navigator.mediaDevices.getUserMedia(constraints);
  await video.play();
}

export function stopCamera(video: HTMLVideoElement): void {
  if (!(video.srcObject instanceof MediaStream)) return;
  for (const track of video.srcObject.getTracks()) track.stop();
  video.srcObject = null;
}
