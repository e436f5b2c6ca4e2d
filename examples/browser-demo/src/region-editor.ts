import type { RegionOfInterest } from '@mint/detector';
import { byId } from './dom.js';
import { drawing } from './result.js';

type Point = readonly [x: number, y: number];

/** Steps of the cross by the keyboard, in shares of the image. */
const [STEP, LEAP] = [0.01, 0.1];
/** A line that is drawn without lifting gets a corner after this distance, in shares of the image. */
const APART = 0.03;

/**
 * Draws where images are looked at: corners by mouse or finger, a line drawn without lifting, or a cross moved by the keyboard.
 */
export class RegionEditor {
  readonly #dialog = byId('editor', HTMLDialogElement);
  readonly #canvas = byId('editor-canvas', HTMLElement);
  readonly #image = byId('editor-image', HTMLImageElement);
  readonly #news = byId('editor-news', HTMLElement);
  readonly #done = byId('editor-done', HTMLButtonElement);
  #corners: Point[] = [];
  #cross: Point = [0.5, 0.5];
  #onDone: (interest: RegionOfInterest) => void = () => {};

  constructor() {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      this.#add(this.#placeOf(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const place = this.#placeOf(event);
      const [x, y] = this.#corners.at(-1) ?? place;
      if (Math.hypot(place[0] - x, place[1] - y) >= APART) this.#add(place);
    });
    canvas.addEventListener('keydown', (event) => this.#onKey(event));
    byId('editor-undo', HTMLButtonElement).addEventListener('click', () => this.#undo());
    byId('editor-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#done.addEventListener('click', () => this.#finish());
  }

  /** Opens the editor over an image; `onDone` gets what was drawn, unless it is given up. */
  open(image: string, onDone: (interest: RegionOfInterest) => void): void {
    [this.#corners, this.#cross, this.#onDone] = [[], [0.5, 0.5], onDone];
    this.#image.src = image;
    this.#dialog.showModal();
    this.#canvas.focus();
    this.#draw('No corner yet.');
  }

  #placeOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#image.getBoundingClientRect();
    return [inside((clientX - left) / width), inside((clientY - top) / height)];
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.shiftKey ? LEAP : STEP;
    const [x, y] = this.#cross;
    const moved: Readonly<Record<string, Point>> = {
      ArrowLeft: [x - step, y],
      ArrowRight: [x + step, y],
      ArrowUp: [x, y - step],
      ArrowDown: [x, y + step],
    };
    const place = moved[event.key];
    if (place !== undefined) {
      this.#cross = [inside(place[0]), inside(place[1])];
      this.#draw(`Cross at ${percent(this.#cross)}.`);
    } else if (event.key === 'Enter' || event.key === ' ') this.#add(this.#cross);
    else if (event.key === 'Backspace') this.#undo();
    else return;
    event.preventDefault();
  }

  #add(place: Point): void {
    this.#cross = place;
    this.#corners = [...this.#corners, place];
    this.#draw(`Corner ${this.#corners.length} at ${percent(place)}.`);
  }

  #undo(): void {
    this.#corners = this.#corners.slice(0, -1);
    this.#draw(`${this.#corners.length} corners are left.`);
  }

  #finish(): void {
    this.#dialog.close();
    this.#onDone([this.#corners]);
  }

  #draw(news: string): void {
    const lines = drawing([{ kind: 'edge', ring: this.#corners }]);
    const cross = drawing([{ kind: 'edge', ring: crossAt(this.#cross) }]);
    cross.classList.add('cross');
    for (const old of this.#canvas.querySelectorAll('svg')) old.remove();
    this.#canvas.append(lines, cross);
    this.#news.textContent = news;
    this.#done.disabled = this.#corners.length < 3;
  }
}

const inside = (share: number): number => Math.min(1, Math.max(0, share));
const percent = ([x, y]: Point): string =>
  `${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`;

/** A cross as a closed line. */
const crossAt = ([x, y]: Point): Point[] => [
  [x - 0.02, y],
  [x + 0.02, y],
  [x, y],
  [x, y - 0.02],
  [x, y + 0.02],
  [x, y],
];
