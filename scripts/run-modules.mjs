// Imports each module named on the command line and sends its output and its error to the parent process, check-snippets.mjs.
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

console.warn = () => {};
for (const module of process.argv.slice(2)) {
  let printed = '';
  console.log = (...values) => {
    printed += `${format(...values)}\n`;
  };
  let error;
  try {
    await import(pathToFileURL(module).href);
  } catch (thrown) {
    error = thrown?.stack ?? String(thrown);
  }
  process.send({ module, printed, error });
}
process.disconnect();
