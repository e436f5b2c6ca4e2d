import { MintError } from '@mint/internal';
import { few, isImage } from '../names.js';

const COLUMN_NAMES = ['path', 'class', 'label', 'mask', 'split', 'defect'] as const;
export type Column = (typeof COLUMN_NAMES)[number];

/** The names that a column may have: those of UniAD, anomalib, VisA and Hugging Face among them. */
const COLUMNS: Readonly<Record<Column, readonly string[]>> = {
  path: [
    'path',
    'image',
    'image_path',
    'file',
    'filename',
    'filepath',
    'file_name',
    'file_path',
    'img',
    'img_path',
    'image_file',
  ],
  class: ['class', 'class_name', 'classname', 'clsname', 'cls_name', 'object', 'category', 'product'],
  label: ['label', 'target', 'anomaly', 'label_index', 'is_anomaly', 'anomalous'],
  mask: [
    'mask',
    'mask_path',
    'maskpath',
    'maskname',
    'mask_name',
    'mask_file',
    'ground_truth',
    'gt',
    'gt_path',
  ],
  split: ['split', 'set', 'subset', 'phase'],
  defect: [
    'defect',
    'defect_type',
    'kind',
    'label_name',
    'labelname',
    'defect_name',
    'anomaly_class',
    'specie_name',
  ],
};
/** Names that count where a list has none of those above for the same meaning. */
const OTHER_NAMES: Readonly<Record<Column, string>> = {
  path:
    'image_name imagename img_name filename_path datei dateiname dateipfad pfad bild bildpfad archivo ruta imagen fichier chemin percorso immagine file_immagine ' +
    'arquivo caminho imagem bestand afbeelding plik obraz soubor obrazek dosya resim 文件 文件名 路径 图片 图像 ファイル 画像 파일 이미지',
  class:
    'object_name product_name part klasse produkt clase classe producto produit prodotto produto klasa trida sinif 类别 产品 クラス 클래스',
  label:
    'is_defect is_defective has_defect is_anomalous is_bad defective status result verdict decision judgement judgment quality condition gt_label image_label ' +
    'ergebnis bewertung befund resultado etiqueta resultat etiquette risultato etichetta rotulo uitslag wynik etykieta vysledek stitek sonuc etiket 标签 结果 ラベル 判定 라벨 판정',
  mask: 'mask_image segmentation seg_path maske mascara masque maschera masker maska 掩码 マスク 마스크',
  split: 'partition usage stage dataset_split set_type aufteilung',
  defect:
    'anomaly_type fault fault_type defekt fehler fehlerart defecto defaut difetto defeito wada vada kusur 缺陷 欠陥 결함',
};
/** Where a list has both, the first is used and the second is another form of it. */
const REPEATS: readonly (readonly [used: string, other: string])[] = [
  ['image_path', 'path'],
  ['label', 'label_index'],
  ['label', 'is_anomaly'],
  ['label', 'anomaly'],
];

/** What the columns of a list mean. */
export interface Columns {
  /** The column that each name means, undefined for an unknown name. */
  readonly columns: readonly (Column | undefined)[];
  readonly unknown: readonly string[];
}

/** Reads the names of columns; `Mask Path` and `mask_path` are the same. */
export function columnsOf(names: readonly string[], where: string): Columns {
  const plain = names.map(plainName);
  const first = plain.map((name) =>
    REPEATS.some(([used, other]) => name === other && plain.includes(used))
      ? undefined
      : COLUMN_NAMES.find((column) => COLUMNS[column].includes(name)),
  );
  const columns = first.map(
    (column, i) =>
      column ??
      COLUMN_NAMES.find(
        (other) => !first.includes(other) && OTHER_NAMES[other].split(' ').includes(plain[i] ?? ''),
      ),
  );
  if (!columns.includes('path')) {
    if (names.some(isImage)) {
      throw new MintError(
        'CORRUPT_FILE',
        `${where}: the first line names an image instead of columns. Put a line such as path,label before it.`,
      );
    }
    throw new MintError(
      'CORRUPT_FILE',
      `${where}: expected a column 'path' (or ${COLUMNS.path.slice(1).join(', ')}), found ${names.length === 0 ? 'none' : few(names)}.`,
    );
  }
  const twice = COLUMN_NAMES.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
  if (twice !== undefined) {
    const called = names.filter((_, i) => columns[i] === twice);
    throw new MintError('CORRUPT_FILE', `${where}: ${called.join(' and ')} both mean '${twice}'. Keep one.`);
  }
  const unknown = names.filter(
    (name, i) =>
      columns[i] === undefined && name.trim() !== '' && !REPEATS.some(([, other]) => plain[i] === other),
  );
  return { columns, unknown };
}

/** `Mask Path`, `mask-path` and `Máscara` as they are in the tables above. */
const plainName = (name: string): string =>
  name
    .trim()
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/** Whether a column of this meaning is among the names. */
export const hasColumn = (names: readonly string[], column: string): boolean =>
  names.some((name) =>
    COLUMN_NAMES.some((known) => known === column && COLUMNS[known].includes(plainName(name))),
  );

/** The known name of a column that is most like this one, and how many letters differ. */
export function nearestColumn(name: string): { readonly name: string; readonly distance: number } {
  const plain = name.trim().toLowerCase();
  const known = COLUMN_NAMES.flatMap((column) => COLUMNS[column]);
  return known
    .map((candidate) => ({ name: candidate, distance: distance(plain, candidate) }))
    .reduce((a, b) => (b.distance < a.distance ? b : a));
}

/** Levenshtein distance: letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
