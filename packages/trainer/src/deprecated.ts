import type { DecisionInput } from './evaluation/decisions.js';
import { PROTOCOLS, type ProtocolName, type ProtocolSettings } from './evaluation/protocols.js';
import type { ScoredImage } from './evaluation/scored-image.js';
import { type PredictedImage, predictImage } from './predict-image.js';

/** @deprecated Use {@link PROTOCOLS}. */
export const EVALUATION_PROTOCOLS = PROTOCOLS;
/** @deprecated Use {@link ProtocolSettings}. */
export type EvaluationProtocol = ProtocolSettings;
/** @deprecated Use {@link ProtocolName}. */
export type EvaluationProtocolName = ProtocolName;
/** @deprecated Use {@link DecisionInput}. */
export type Judged = DecisionInput;
/** @deprecated Use {@link PredictedImage}. */
export type PredictedPicture = PredictedImage;
/** @deprecated Use {@link predictImage}. */
export const predictPicture = predictImage;
/** @deprecated Use {@link ScoredImage}. */
export type ScoredPicture = ScoredImage;
