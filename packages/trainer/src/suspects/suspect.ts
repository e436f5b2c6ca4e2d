import type { Sample } from '@mint/data';

/** An image that is listed as good and looks unlike the others of its class: it may have a defect, or be of another class. */
export interface Suspect {
  /** The image. */
  readonly sample: Sample;
  /** SHA-256 of its file. */
  readonly contentHash: string;
  /** Its class. */
  readonly className: string;
  /** Its image score by a model that was not measured on it, where the kind of model allows that. */
  readonly score: number;
  /** The score from which an image of its class is a suspect. */
  readonly limit: number;
  /** `'training'`: the statistics of the model do without it. `'limits'`: the thresholds do. */
  readonly leftOutOf: 'training' | 'limits';
}
