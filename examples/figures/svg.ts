/** Okabe and Ito's colours: told apart with every kind of colour vision. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00'];
const PLOT = { left: 72, top: 14, width: 430, height: 230, bottom: 44, right: 195 };

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Ends of a bar at each point. */
  readonly bars?: readonly (readonly [number, number])[];
}

/** Curves in one frame as an SVG file. `logX`: equal steps for equal factors. */
export function curvesSvg(
  curves: readonly Curve[],
  { x, y, logX = false }: { readonly x: string; readonly y: string; readonly logX?: boolean },
): string {
  const xs = curves.flatMap(({ points }) => points.map(([value]) => value));
  const ys = curves.flatMap(({ points, bars = [] }) => [...points.map(([, value]) => value), ...bars.flat()]);
  const scale = (value: number) => (logX ? Math.log(value) : value);
  const [left, right] = [Math.min(...xs.map(scale)), Math.max(...xs.map(scale))];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const room = 0.05 * (high - low);
  const px = (value: number) => PLOT.left + ((scale(value) - left) / (right - left || 1)) * PLOT.width;
  const py = (value: number) =>
    PLOT.top + (1 - (value - low + room) / (high - low + 2 * room || 1)) * PLOT.height;
  const text = (at: readonly [number, number], content: string, anchor = 'middle') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
  const bottom = PLOT.top + PLOT.height;
  const ticksX = logX ? [...new Set(xs)].sort((a, b) => a - b) : [Math.min(...xs), Math.max(...xs)];
  const ticksY = [low, (low + high) / 2, high];
  const drawn = curves.map(({ name, points, bars }, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? '#000';
    const path = points.map(([a, b]) => `${px(a).toFixed(1)},${py(b).toFixed(1)}`).join(' ');
    const marks =
      bars === undefined
        ? []
        : points.map(
            ([a, b]) => `<circle cx="${px(a).toFixed(1)}" cy="${py(b).toFixed(1)}" r="3" fill="${colour}"/>`,
          );
    const whiskers = (bars ?? []).map(([from, to], j) => {
      const at = px(points[j]?.[0] ?? 0).toFixed(1);
      return `<line x1="${at}" x2="${at}" y1="${py(from).toFixed(1)}" y2="${py(to).toFixed(1)}" stroke="${colour}"/>`;
    });
    const key = PLOT.top + 14 + i * 20;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
      ...marks,
      ...whiskers,
      `<rect x="${PLOT.left + PLOT.width + 14}" y="${key - 8}" width="10" height="10" fill="${colour}"/>`,
      text([PLOT.left + PLOT.width + 30, key + 1], name, 'start'),
    ].join('');
  });
  const [width, height] = [PLOT.left + PLOT.width + PLOT.right, bottom + PLOT.bottom];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escapeXml(`${y} over ${x}: ${curves.map(({ name }) => name).join('; ')}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#999"/>`,
    ...ticksX.map((value) => text([px(value), bottom + 16], String(value))),
    ...ticksY.map((value) => text([PLOT.left - 6, py(value) + 4], value.toPrecision(3), 'end')),
    text([PLOT.left + PLOT.width / 2, bottom + 36], x),
    `<text transform="translate(14 ${PLOT.top + PLOT.height / 2}) rotate(-90)" text-anchor="middle">${escapeXml(y)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** How often images of each row's class were recognised as each column's, as an SVG file. */
export function confusionSvg(names: readonly string[], counts: readonly (readonly number[])[]): string {
  const [cell, label] = [18, 130];
  const side = label + names.length * cell + 70;
  const rows = counts.flatMap((row, r) => {
    const all = row.reduce((sum, value) => sum + value, 0) || 1;
    return row.map((value, c) => {
      const shade = Math.round(255 * (1 - value / all));
      const at = `x="${label + c * cell}" y="${label + r * cell}"`;
      const title = `${names[r]} recognised as ${names[c]}: ${value} of ${all}`;
      return `<rect ${at} width="${cell - 1}" height="${cell - 1}" fill="rgb(${shade},${Math.round(255 - (255 - shade) * 0.55)},255)"><title>${escapeXml(title)}</title></rect>`;
    });
  });
  const labels = names.flatMap((name, i) => {
    const at = label + i * cell + cell / 2 + 4;
    return [
      `<text x="${label - 6}" y="${at}" text-anchor="end">${escapeXml(name)}</text>`,
      `<text transform="translate(${at} ${label - 6}) rotate(-60)">${escapeXml(name)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side}" height="${side}" font-family="sans-serif" font-size="11">`,
    '<title>Which class the test images of each class were recognised as</title>',
    `<rect width="${side}" height="${side}" fill="white"/>`,
    ...rows,
    ...labels,
    '</svg>\n',
  ].join('\n');
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
