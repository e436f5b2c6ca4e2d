/** Vite reads style sheets; TypeScript needs to know that they can be imported. */
declare module '*.css';
