import { describe, expect, test } from 'vitest';
import { nameReader } from '../words/name-reader.js';
import { readTree } from './read-tree.js';

const files = (...lines: readonly string[]) =>
  lines.flatMap((line) => {
    const [folder = '', count = '3', name = 'x', ending = 'png'] = line.split(' ');
    return Array.from({ length: Number(count) }, (_, i) =>
      `${folder}/${name}${i}.${ending}`.replace(/^\.\//, ''),
    );
  });

/** `class good/anomalous+masks`, one entry a class; and the codes of problems. */
async function read(...lines: readonly string[]) {
  const tree = await readTree(files(...lines), 'root', async () => new Uint8Array(), {
    goodWords: ['prima'],
    defectWords: ['murks'],
  });
  const classes = [...new Set(tree.samples.map(({ className }) => className))].map((name) => {
    const mine = tree.samples.filter(({ className }) => className === name);
    const good = mine.filter(({ label }) => label === 'normal').length;
    const masks = mine.filter(({ maskPath }) => maskPath !== undefined).length;
    return `${name} ${good}/${mine.length - good}${masks === 0 ? '' : `+${masks}`}`;
  });
  return [classes.join(', '), tree.problems.map(({ code }) => code).join()]
    .filter((text) => text !== '')
    .join(' | ');
}

describe('words within names', () => {
  test.each([
    ['normal_dir', 'abnormal_dir', 'mask_dir'],
    ['ok_front', 'def_front', 'masks'],
    ['OK parts', 'NG parts', 'gt'],
    ['ok', 'not_ok', 'ground truth'],
    ['gut', 'schlecht', 'Masken'],
    ['Gutteile', 'Schlechtteile_2024', 'GroundTruth'],
    ['i.O.', 'n.i.O.', 'GT'],
    ['bueno', 'malo', 'mascaras'],
    ['bons', 'défauts', 'masques'],
    ['buoni', 'difettosi', 'maschere'],
    ['boas', 'defeituosas', 'máscaras'],
    ['goed', 'fout', 'maskers'],
    ['dobre', 'wadliwe', 'maski'],
    ['dobré', 'vadné', 'masky'],
    ['iyi', 'hatalı', 'maskeler'],
    ['良品', '不良品', '掩码'],
    ['合格', '不合格', '标注'],
    ['正常', '異常', 'マスク'],
    ['양품', '불량품', '마스크'],
    ['no_defects', 'defects', 'defect_masks'],
    ['defect-free', 'with defects', 'label'],
    ['prima_2', 'murks_1', 'annotations'],
    ['jó', 'hibás', 'maszkok'],
    ['godkänd', 'underkänd', 'mask'],
    ['godkendt', 'kasseret', 'masker'],
    ['hyvät', 'vialliset', 'masks'],
    ['годные', 'брак', 'маски'],
    ['хороший', 'не годен', 'разметка'],
    ['傷なし', '傷あり', 'アノテーション'],
    ['Gutmuster', 'mit_Fehler', 'Fehlermasken'],
    ['OK-Teile', 'NOK-Teile', 'Annotationen'],
    ['sans_défaut', 'avec_défaut', 'defectmasks'],
    ['2024-05 good', '2024-05 bad', 'segmentation_masks'],
  ])('%s, %s, %s', async (good, bad, masks) => {
    expect(
      await read(
        good.replaceAll(' ', '_'),
        `${bad.replaceAll(' ', '_')} 2 y`,
        `${masks.replaceAll(' ', '_')} 2 y`,
      ),
    ).toBe('root 3/2+2');
    const inside = [good, bad, masks].map((name) => `bolt/${name.replaceAll(' ', '_')}`);
    expect(await read(`${inside[0]}`, `${inside[1]} 2 y`, `${inside[2]} 2 y`)).toBe('bolt 3/2+2');
  });

  test.each<['good' | 'anomalous' | 'none', string]>([
    ['good', 'compliant|defectless|unflawed|nodefects|noscratch|unscratched|golden_samples|no issues'],
    ['good', 'fehlerlos|mängelfreie|unauffällig|korrekt|konform|bestanden|brauchbar'],
    [
      'good',
      'aucun défaut|accepté|acceptées|valides|bon état|aprobados|sin_fallas|buen estado|accettati|privo di difetti',
    ],
    [
      'good',
      'sem falhas|aceito|in orde|foutvrij|onbeschadigd|nieuszkodzone|niewadliwe|bez defektów|w porządku',
    ],
    ['good', 'nepoškozené|vyhovující|schválené|hasarsız|defosuz|kabul|hatası olmayan'],
    ['good', '好的|好图|未损坏|通过|没问题|問題なし|適合品|良い|적합|통과'],
    [
      'anomalous',
      'rejections|non_conformity|unaccepted|invalid_parts|unhealthy|outliers|rework|errors|nonok',
    ],
    ['anomalous', 'mit Fehlern|unbrauchbar|auffällig|nicht konform|Nacharbeit|Schrott|abweichend'],
    [
      'anomalous',
      'refusées|rejets|abîmé|endommagés|non valide|rechazadas|fallas|dañados|mal estado|difettati|respinti',
    ],
    ['anomalous', 'danneggiate|rejeitadas|com falha|danificado|sucata|niet in orde|kapotte|afwijkend'],
    [
      'anomalous',
      'z wadami|niezgodne|nieprawidłowe|odpady|usterki|s vadami|nevyhovující|závady|hasar|uygunsuz|reddedilen',
    ],
    ['anomalous', '坏的|坏件|报废|损坏|不好|未通过|有问题|不適合品|不可|否|問題あり|悪い|부적합|나쁨|폐기'],
    [
      'none',
      'stainless|rostfrei|nonwoven|correction_tape|inlet|union|reference_block|pos1|indent|malta|goldfish',
    ],
  ])('%s: %s', (expected, names) => {
    const labels = { good: 'normal', anomalous: 'anomalous', none: undefined };
    const wrong = names.split('|').filter((name) => nameReader()(name).label !== labels[expected]);
    expect(wrong).toEqual([]);
  });

  test.each([
    ['goods'],
    ['maskinery'],
    ['badge'],
    ['io_board'],
    ['nuts_and_bolts'],
    ['testimonial'],
    ['trainer'],
  ])('%s is a class', async (name) => {
    expect(await read(name, 'bolt')).toMatch(new RegExp(`^.*${name} 3/0`));
    expect(await read(`${name}/good`, `${name}/scratch`)).toBe(`${name} 3/3`);
  });
});

describe('layouts', () => {
  test.each<[string, readonly string[], string]>([
    ['loose images beside kinds', ['bolt', 'bolt/scratch', 'bolt/NOK'], 'bolt 3/6'],
    [
      'loose images beside kinds in other words',
      ['bolt', 'bolt/Kratzer', 'bolt/foo', 'bolt/Delle'],
      'bolt 3/9',
    ],
    ['loose images beside kinds at the root', ['.', 'crack', 'ng'], 'root 3/6'],
    ['loose images beside an unknown folder', ['bolt', 'bolt/xyz'], 'bolt 3/0 | unclear-label'],
    ['unknown folders in a class', ['bolt/x', 'bolt/y'], 'bolt 6/0 | unclear-folder'],
    ['cameras in a class without labels', ['bolt/cam1', 'bolt/cam2'], 'bolt 6/0'],
    ['a class without good beside one with', ['bolt/good', 'bolt/foo', 'nut/foo'], 'bolt 3/3, nut 0/3'],
    [
      'products called like words',
      ['label/good', 'label/cut', 'mask/good', 'mask/cut', 'good/good', 'good/cut'],
      'good 3/3, label 3/3, mask 3/3',
    ],
    [
      'more of them',
      ['image/good', 'data/good', 'positive/good', 'positive/bad', 'bolt/good'],
      'bolt 3/0, data 3/0, image 3/0, positive 3/3',
    ],
    ['a product called train', ['train/good', 'train/cut', 'bolt/good', 'bolt/cut'], 'bolt 3/3, train 3/3'],
    [
      'products called like words, split',
      ['label/train/good', 'label/test/good', 'label/test/bad', 'test/train/good', 'test/test/bad'],
      'label 6/3, test 3/3',
    ],
    [
      'a product called mask with masks',
      ['mask/good', 'mask/cut', 'mask/ground_truth/cut', 'nut/good'],
      'mask 3/3+3, nut 3/0',
    ],
    ['images and masks', ['images/good', 'images/cut', 'masks/cut'], 'root 3/3+3'],
    [
      'images and masks of classes',
      ['images/a/good', 'images/a/cut', 'masks/a/cut', 'images/b/good'],
      'a 3/3+3, b 3/0',
    ],
    ['masks of good images too', ['images/good', 'images/cut', 'masks/good', 'masks/cut'], 'root 3/3+3'],
    ['classes, masks outside', ['a/good', 'a/cut', 'masks/a/good', 'masks/a/cut'], 'a 3/3+3'],
    ['VisA', ['c/Data/Images/Normal', 'c/Data/Images/Anomaly', 'c/Data/Masks/Anomaly'], 'c 3/3+3'],
    [
      'nested below good and bad',
      [
        'b/train/good/cam1',
        'b/train/good/cam2',
        'b/test/bad/2024-01-01/n',
        'b/ground_truth/bad/2024-01-01/n',
      ],
      'b 6/3+3',
    ],
    ['masks without the nesting', ['b/good', 'b/bad/cam1', 'b/masks'], 'b 3/3+3'],
    ['the split outside', ['train/b/good', 'test/b/good', 'test/b/cut', 'ground_truth/b/cut'], 'b 6/3+3'],
    ['masks in the split', ['train/good', 'test/good', 'test/cut', 'test/masks/cut'], 'root 6/3+3'],
    [
      'split and label in one name',
      ['train_good', 'test_good', 'test_bad 2 y', 'test_masks 2 y'],
      'root 6/2+2',
    ],
    ['upper case', ['B/TRAIN/GOOD', 'B/TEST/CUT', 'B/Ground_Truth/CUT'], 'B 3/3+3'],
    ['defects in training', ['b/train/good', 'b/train/bad', 'b/test/good'], 'b 6/3'],
    ['training without a folder called good', ['b/train/cam1', 'b/test/good', 'b/test/cut'], 'b 6/3'],
    ['test images without labels', ['b/train', 'b/test'], 'b 3/0 | unclear-label'],
    [
      'classes in the names of label folders',
      ['bolt_ok', 'bolt_nok', 'nut_ok', 'nut_nok'],
      'bolt 3/3, nut 3/3',
    ],
    ['masks beside images', ['b/good', 'b/cut 2 y', 'b/cut 1 y0_mask', 'b/cut 1 y1_GT'], 'b 3/2+2'],
    ['several masks', ['b/good', 'b/cut 1 y', 'b/masks/cut 3 y0_mask_', 'b/masks/cut/y0 2 m'], 'b 3/1+1'],
    [
      'mixed layouts',
      ['a/train/good', 'a/test/cut', 'a/ground_truth/cut', 'b/ok', 'b/ng', 'c/Images/Normal'],
      'a 3/3+3, b 3/3, c 3/0',
    ],
    ['a slip of the pen', ['bolt', 'deffect'], 'bolt 3/0, deffect 3/0 | label-like-name'],
    ['good and bad in one name', ['bolt/good', 'good_and_bad'], 'bolt 3/0 | unclear-label'],
    ['kinds beside NG at the root', ['NG', 'OK', 'scratch'], 'root 3/6'],
    ['a good folder inside a bad one', ['b/good', 'b/bad/ok_side'], 'b 6/0 | contradictory-folders'],
    [
      'days are neither classes nor kinds',
      ['2024-01-01/ok', '2024-01-01/ng', '20240102/ok', '20240102/ng'],
      'root 6/6',
    ],
    [
      'masks of days',
      ['2024-01-01/ok', '2024-01-01/ng', '2024-01-01/masks/ng', '2024-01-02/ng', '2024-01-02/masks/ng'],
      'root 3/6+6',
    ],
    ['cameras around labels', ['cam1/ok', 'cam1/ng', 'cam2/ok', 'cam2/ng'], 'cam1 3/3, cam2 3/3'],
    [
      'a folder around all classes',
      ['set/a/train/good', 'set/a/test/cut', 'set/a/ground_truth/cut', 'set/b/good'],
      'a 3/3+3, b 3/0',
    ],
    ['folders around some classes', ['x/a/good', 'x/a/bad', 'y/a/good', 'y/a/bad'], 'x-a 3/3, y-a 3/3'],
    ['splits in compounds', ['trainimages/good', 'Testdaten/good', 'Testdaten/bad'], 'root 6/3'],
    ['labels as a table has them', ['0', '1'], '0 3/0, 1 3/0 | label-like-name'],
    ['numbers of products', ['01/train/ok', '01/test/ko', '02/train/ok'], '01 3/3, 02 3/0'],
    ['a word with more behind it', ['bolt', 'defektposten'], 'bolt 3/0, defektposten 3/0 | label-like-name'],
    [
      'unknown folders for training beside a kind',
      ['train/foo', 'train/scratch'],
      'foo 3/0, root 0/3 | unclear-folder',
    ],
    ['one name with two endings', ['bolt 3 x jpg', 'bolt 2 x png'], 'bolt 5/0 | same-name'],
    ['years, months and days', ['2024/01/31/OK', '2024/02/01/OK', '2024/01/03/NG'], 'root 6/3'],
    ['months', ['2024-01/b/good', 'Feb_2024/b/good', 'Feb_2024/b/bad'], 'b 6/3'],
    ['weeks', ['KW12/gut', 'KW12/schlecht', '2024-W13/gut'], 'root 6/3'],
    [
      'numbers of products that could be years',
      ['2024/good', '6061/good', '6061/dent'],
      '2024 3/0, 6061 3/3',
    ],
    ['valid beside invalid', ['b/valid', 'b/invalid'], 'b 3/3'],
    ['a split called eval', ['train/good', 'eval/good', 'eval/defect'], 'root 6/3'],
    [
      'products called like splits inside splits',
      [
        'train/train/good',
        'test/train/good',
        'test/train/dent',
        'train/b/good',
        'test/b/good',
        'test/b/dent',
      ],
      'b 6/3, train 6/3',
    ],
    [
      'masks named after the folder beside them',
      ['b/good', 'b/scratch', 'b/scratch_mask', 'b/dent 2 y', 'b/gt-dent 2 y'],
      'b 3/5+5',
    ],
    [
      'masks of all classes in one folder',
      ['a/good 3 a', 'a/cut 3 b', 'b/good 3 c', 'masks 3 b'],
      'a 3/3+3, b 3/0',
    ],
    [
      'masks with the kind in their name',
      ['good', 'bad 2 y', 'masks/bad 2 y0_scratch', 'masks/bad 1 y1_dent_'],
      'root 3/2+2',
    ],
    [
      'masks with the name of their image and its ending',
      ['b/good', 'b/cut 1 y', 'b/cut 1 y0.png.mask'],
      'b 3/1+1',
    ],
    [
      'masks of good test images',
      ['b/train/good', 'b/test/good', 'b/test/cut', 'b/ground_truth/good'],
      'b 6/3',
    ],
    [
      'folders of masks in other words',
      ['b/good', 'b/cut', 'b/defect_map/cut', 'c/ok', 'c/ng', 'c/seg/ng'],
      'b 3/3+3, c 3/3+3',
    ],
    ['labels in file names', ['bolt 3 OK_', 'bolt 2 NG_'], 'bolt 3/2'],
    ['kinds in file names beside others', ['bolt 3 img_', 'bolt 2 scratch_'], 'bolt 3/2'],
    ['kinds in all file names', ['tube 3 hole_'], 'tube 3/0'],
    ['kinds within names of classes', ['MT_Crack', 'MT_Free'], 'MT_Crack 3/0, MT_Free 3/0 | label-like-name'],
    ['good inside good and bad', ['ok/normal', 'ng/normal'], 'root 6/0 | contradictory-folders'],
    [
      'images that nobody has judged',
      ['b/good', 'b/bad', 'b/unlabeled', 'b/results'],
      'b 3/3 | unclear-label',
    ],
    ['a product called unknown', ['unknown/good', 'unknown/dent', 'b/good'], 'b 3/0, unknown 3/3'],
    ['label folders around classes', ['good/cam1', 'good/cam2', 'bad/cam1'], 'root 6/3'],
  ])('%s', async (_name, lines, expected) => {
    expect(await read(...lines)).toBe(expected);
  });
});
