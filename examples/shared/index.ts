export { procedural, publishedOrSubstitute } from './data.js';
export { evaluateStudy } from './evaluate-study.js';
export { flags, startDevice } from './flags.js';
export { type ResultFile, type RunResult, readResults } from './result-file.js';
export { resultTable, spread } from './result-table.js';
export { preset, setting, small } from './settings.js';
export { stepsPerSecond } from './steps-per-second.js';
export { runsOf, type Setting, type Study, type StudyData } from './study.js';
export { trainStudy } from './train-study.js';
