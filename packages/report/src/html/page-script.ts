/**
 * The script of the page: moves the alarm limit of a class, and counts hits, misses and false alarms on its test
 * images. It reads the scores from the JSON element. Without scripts the page still shows everything else.
 */
export const PAGE_SCRIPT = `
const data = JSON.parse(document.getElementById('scores').textContent);
for (const section of document.querySelectorAll('section[data-class]')) {
  const { normal, anomalous, limit, range } = data.classes[Number(section.dataset.class)];
  for (const scores of [normal, anomalous]) scores.sort((a, b) => a - b);
  const find = (name) => section.querySelector('[data-part="' + name + '"]');
  const line = section.querySelector('.limit');
  const [slider, price] = [find('limit'), find('price')];
  const above = (scores, t) => {
    let low = 0, high = scores.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (scores[middle] > t) high = middle; else low = middle + 1;
    }
    return scores.length - low;
  };
  const count = (t) => {
    const hits = above(anomalous, t), alarms = above(normal, t);
    return { hits, misses: anomalous.length - hits, alarms, quiet: normal.length - alarms };
  };
  const share = (part, whole) => (whole === 0 ? '–' : (part / whole).toFixed(3));
  const show = (t) => {
    const c = count(t), r = Number(price.value);
    const x = ((t - range[0]) / (range[1] - range[0])) * data.width;
    line.setAttribute('x1', x); line.setAttribute('x2', x);
    find('limit-value').textContent = t.toPrecision(4);
    find('price-value').textContent = r + ' : 1';
    for (const name of ['hits', 'misses', 'alarms', 'quiet']) find(name).textContent = c[name];
    find('recall').textContent = share(c.hits, c.hits + c.misses);
    find('false-alarm-rate').textContent = share(c.alarms, c.alarms + c.quiet);
    find('f1').textContent = share(2 * c.hits, 2 * c.hits + c.misses + c.alarms);
    find('cost').textContent = r * c.misses + c.alarms;
  };
  const cheapest = () => {
    const r = Number(price.value);
    let best = { t: Infinity, cost: Infinity };
    const limits = [...normal, ...anomalous, range[0] - 1e-9].sort((a, b) => a - b);
    for (const t of limits) {
      const c = count(t), cost = r * c.misses + c.alarms;
      if (cost < best.cost) best = { t, cost };
    }
    return best.t;
  };
  const move = (t) => { slider.value = t; show(t); };
  slider.addEventListener('input', () => show(Number(slider.value)));
  price.addEventListener('input', () => move(cheapest()));
  find('reset').addEventListener('click', () => move(limit));
  move(limit);
}
`;

/** SHA-256 of {@link PAGE_SCRIPT}: the browser runs only this script, even if some text is not escaped. */
export const PAGE_SCRIPT_SHA256 = 'MzTqEreFbOV73IQRWHay1GHO+jETBtzeZY6uoc5PMkk=';
