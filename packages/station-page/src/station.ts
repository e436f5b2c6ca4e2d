import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { StationFacts } from './contract.js';

/** What every part of the page may need of the station. */
export interface StationState {
  /** Absent until the server has answered. */
  readonly facts?: StationFacts | undefined;
  /** Name that goes with verdicts where there are no tokens. */
  readonly person?: string | undefined;
}

const Station = createContext<StationState>({});
export const StationIs = Station.Provider;

export const useStation = (): StationState => useContext(Station);
