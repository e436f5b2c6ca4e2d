import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../datasets/load-dataset.js';
import { loadList } from './load-list.js';

const root = temporaryFolder();

async function list(content: string, name = 'parts.csv', options: Parameters<typeof loadList>[1] = {}) {
  await root.write([name, content]);
  return loadList(join(root.path, name), options);
}
const brief = ({ samples }: Awaited<ReturnType<typeof loadList>>) =>
  samples.map(({ id, split, label, defect, maskPath }) =>
    [id, split, label, defect, typeof maskPath === 'string' ? maskPath.slice(root.path.length + 1) : maskPath]
      .join(' ')
      .trim(),
  );

describe('loadList()', () => {
  test('reads CSV: quotes, other column names, labels in words and numbers', async () => {
    await root.write('a, b.png', 'c/"d".png', 'e.png', 'f.png', 'g.png', 'm/f.png');
    const dataset = await list(
      [
        '\uFEFFImage_Path,object,target,mask_path,set,comment',
        '"a, b.png",nut,good,,train,x',
        '"c/""d"".png",nut,0,,test,',
        'e.png,bolt,1,,test,',
        'f.png,bolt,scratch,m/f.png,test,"two',
        'lines"',
        'g.png,bolt,,,,',
      ].join('\r\n'),
    );
    expect(dataset.classes).toEqual(['bolt', 'nut']);
    expect(brief(dataset)).toEqual([
      'bolt/e.png test anomalous defective',
      'bolt/f.png test anomalous scratch m/f.png',
      'bolt/g.png train normal',
      'nut/a, b.png train normal',
      'nut/c/"d".png test normal',
    ]);
    expect([dataset.warnings, dataset.name, dataset.layout]).toEqual([
      [],
      'parts',
      'list of 5 rows; training and test as given',
    ]);
  });

  test('reads JSON Lines, one class by default, anomalous where there is a mask', async () => {
    await root.write('1.png', '2.png', '3.png', 'm.png');
    const lines = [
      { path: '1.png' },
      { image: '2.png', mask: 'm.png', split: null },
      { file: '3.png', label: true, defect: 'cut' },
    ];
    const dataset = await list(lines.map((line) => JSON.stringify(line)).join('\n\n'), 'own.jsonl', {
      testFraction: 0,
    });
    expect(dataset.classes).toEqual(['own']);
    expect(brief(dataset)).toEqual([
      'own/1.png train normal',
      'own/2.png test anomalous defective m.png',
      'own/3.png test anomalous cut',
    ]);
  });

  test('a pattern stands for the images that match it, {stem} for their names', async () => {
    await root.write(
      'n/good/1.png',
      'n/good/2.jpg',
      'n/good/x.txt',
      'n/bad/deep/3.png',
      'n/gt/3.png',
      'n/[1].png',
    );
    const dataset = await list(
      'path,class,label,mask\nn/good/*,n,good,\nn/bad/**/?.png,n,cut,n/gt/{stem}.png\n*.gif,n,,',
      'l.csv',
      {
        testFraction: 0,
      },
    );
    expect(brief(dataset)).toEqual([
      'n/n/good/1.png train normal',
      'n/n/good/2.jpg train normal',
      'n/n/bad/deep/3.png test anomalous cut n/gt/3.png',
    ]);
    expect(dataset.warnings).toEqual([
      `These patterns of the list match no image. 1: *.gif (line 4): tried ${join(root.path, '*.gif')}.`,
    ]);
    // Neither many stars nor the signs of other languages take time or mean anything else.
    await root.write(`${'a'.repeat(200)}.png`);
    const many = await list(`path\n*.png\n${'*a'.repeat(60)}*b.png\n(a+)+*.png`);
    expect(many.samples).toHaveLength(1);
    expect(many.warnings.join()).toMatch(/match no image\. 2: /);
  });

  test('reports missing files with their lines, and repeats', async () => {
    await root.write('a.png');
    const { samples, warnings } = await list('path,mask\na.png,gone.png\nb.png,\na.png,gone.png');
    expect(samples).toHaveLength(1);
    const at = (name: string) => join(root.path, name);
    expect(warnings).toEqual([
      `These images of the list are not there and are left out. 1: b.png (line 3): tried ${at('b.png')}.`,
      `These masks of the list are not there. 2: gone.png (line 2): tried ${at('gone.png')}, gone.png (line 4): tried ${at('gone.png')}.`,
      '1 rows repeat another row; each image is used once.',
    ]);
  });

  test.each([
    [
      'no path',
      'name,class\nx,y',
      "expected a column 'path' (or image, image_path, file, filename, filepath, file_name, file_path, img, img_path, image_file), found name, class.",
    ],
    ['two paths', 'path,image\nx,y', "path and image both mean 'path'"],
    ['an open quote', 'path\n"x', 'not valid CSV'],
    [
      'a strange split',
      'path,split\na.png,tets',
      "line 2: split must be train, validation or test, got 'tets'.",
    ],
    [
      'a contradiction',
      'path,label\na.png,good\na.png,bad',
      'line 3: a.png is in the list before, with another class',
    ],
    ['nothing there', 'path\nb.png', 'none of the 1 rows names an image that is there'],
  ])('refuses %s', async (_name, content, message) => {
    await root.write('a.png');
    await expect(list(content)).rejects.toThrow(message);
    await expect(list(content)).rejects.toThrow(/parts\.csv/);
  });

  test.each([
    ['{"path":', 'line 1: not valid JSON'],
    ['{"path":"a.png"}\n[1]', 'line 2: expected a JSON object'],
    ['{"path":{}}', "line 1: 'path' must be text"],
    ['{"split":"train"}', "line 1: expected a column 'path'"],
  ])('refuses JSON Lines %s', async (content, message) => {
    await root.write('a.png');
    await expect(list(content, 'x.ndjson')).rejects.toThrow(message);
  });

  test('paths may not leave the root: no .., no absolute path outside, no link', async () => {
    await root.write('secret.png', 'set/in/a.png', 'set/in/ok.png');
    const [set, secret] = [join(root.path, 'set'), join(root.path, 'secret.png')];
    await symlink(secret, join(set, 'in/link.png'));
    await symlink(root.path, join(set, 'up'));
    await symlink(join(set, 'in/a.png'), join(set, 'inside.png'));
    const open = async (content: string) => {
      await root.write(['set/l.csv', content]);
      return loadList(join(set, 'l.csv'));
    };
    for (const path of [
      '../secret.png',
      'in/../../secret.png',
      'in\\..\\..\\secret.png',
      secret,
      'in/link.png',
      'up/secret.png',
    ]) {
      await expect(open(`path\nin/a.png\n${path}`), path).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
      await expect(open(`path\nin/a.png\n${path}`), path).rejects.toThrow(
        /l\.csv, line 3: .*(leads out of|outside)/,
      );
      await expect(open(`path,mask\nin/a.png,${path}`), path).rejects.toThrow('line 2');
    }
    const fine = await open(`path\ninside.png\nin\\ok.png\n${join(set, 'in/a.png')}`);
    expect(fine.samples).toHaveLength(3);
    // The same files are inside once the root is said to be further up.
    await root.write(['set/l.csv', 'path\nsecret.png']);
    expect((await loadList(join(set, 'l.csv'), { root: root.path })).samples).toHaveLength(1);
  });
});

describe("other people's lists", () => {
  const at = (path: string) => path.slice(root.path.length + 1).replaceAll('\\', '/');
  const all = ({ samples }: Awaited<ReturnType<typeof loadList>>) =>
    samples.map(({ className, split, label, defect, imagePath = '', maskPath }) =>
      [
        className,
        split,
        label,
        defect,
        at(imagePath),
        typeof maskPath === 'string' ? at(maskPath) : undefined,
      ]
        .filter((cell) => cell !== undefined)
        .join(' '),
    );
  const expected = [
    'bolt train normal b/train/good/0.png',
    'bolt test anomalous cut b/test/cut/1.png b/gt/1.png',
  ];
  const write = () => root.write('b/train/good/0.png', 'b/test/cut/1.png', 'b/gt/1.png');

  test.each([
    [
      'UniAD, one object a line in a file called .json',
      'u.json',
      '{"filename":"b/train/good/0.png","label":0,"label_name":"good","clsname":"bolt"}\n' +
        '{"filename":"b/test/cut/1.png","label":1,"label_name":"cut","maskname":"b/gt/1.png","clsname":"bolt"}',
    ],
    [
      'a JSON array',
      'u.json',
      '[{"path":"b/train/good/0.png","class":"bolt"},\n{"path":"b/test/cut/1.png","class":"bolt","label":"cut","mask":"b/gt/1.png"}]',
    ],
    [
      'VAND, by split and class',
      'meta.json',
      '{"train":{"bolt":[{"img_path":"b/train/good/0.png","mask_path":"","cls_name":"bolt","specie_name":"","anomaly":0}]},' +
        '"test":{"bolt":[{"img_path":"b/test/cut/1.png","mask_path":"b/gt/1.png","cls_name":"bolt","specie_name":"cut","anomaly":1}]}}',
    ],
    [
      'anomalib',
      'a.csv',
      'image_path,label,label_index,mask_path,split,category\nb/train/good/0.png,normal,0,,train,bolt\nb/test/cut/1.png,cut,1,b/gt/1.png,test,bolt',
    ],
    [
      'semicolons and quotes',
      'a.csv',
      '"file_name";"object";"label";"mask"\n"b/train/good/0.png";"bolt";"gut";\n"b/test/cut/1.png";"bolt";"cut";"b/gt/1.png"',
    ],
    [
      'tabs, an empty first cell kept',
      'a.tsv',
      'mask\tpath\tclass\tlabel\n\tb/train/good/0.png\tbolt\tok\nb/gt/1.png\tb/test/cut/1.png\tbolt\tcut',
    ],
    [
      'backslashes, patterns and {stem}',
      'a.csv',
      'path,class,label,mask\nb\\train\\good\\*.png,bolt,0,\nb\\test\\cut\\1.png,bolt,cut,b\\gt\\{stem}.png',
    ],
    [
      'drive letters and shares',
      'a.csv',
      'path,class,label,mask\nC:\\Users\\me\\b\\train\\good\\0.png,bolt,0,\n\\\\server\\share\\x\\b\\test\\cut\\1.png,bolt,cut,C:/Users/me/b/gt/1.png',
    ],
    [
      'an index, booleans and cells that say nothing, as pandas writes them',
      'a.csv',
      ',image_path,object,is_defect,mask_path,defect\n0,b/train/good/0.png,bolt,False,nan,None\n1,b/test/cut/1.png,bolt,True,b/gt/1.png,cut',
    ],
    [
      "the names of anomalib's constants, and numbers with a point",
      'a.csv',
      'image_path,category,label_index,split,mask_path,defect\nb/train/good/0.png,bolt,0.0,Split.TRAIN,,\nb/test/cut/1.png,bolt,1.0,Split.TEST,b/gt/1.png,cut',
    ],
    [
      "columns in German, with Excel's first line",
      'a.csv',
      'sep=;\r\nDatei;Produkt;Ergebnis;Maske\r\nb/train/good/0.png;bolt;i.O.;\r\nb/test/cut/1.png;bolt;cut;b/gt/1.png\r\n',
    ],
    [
      'bars, in a file called .txt',
      'a.txt',
      'path|class|label|mask\nb/train/good/0.png|bolt|good|\nb/test/cut/1.png|bolt|cut|b/gt/1.png',
    ],
  ])('%s', async (_name, name, content) => {
    await write();
    expect(all(await list(content, name)).sort()).toEqual([...expected].sort());
  });

  test.each(['utf16le', 'utf16be'] as const)('UTF-16 with a byte order mark: %s', async (encoding) => {
    await write();
    const bytes = Buffer.from('\uFEFFpath,class\nb/train/good/0.png,bolt', 'utf16le');
    await root.write(['a.csv', encoding === 'utf16be' ? bytes.swap16() : bytes]);
    expect(all(await loadList(join(root.path, 'a.csv')))).toEqual([expected[0]]);
  });

  test('a column that says good or bad is never left out in silence', async () => {
    await write();
    const named = async (content: string, name?: string) =>
      (await list(content, name)).problems?.map(({ code, examples }) => [code, ...examples].join(' '));
    const problem = ['unknown-column grade (nearest known: label)'];
    expect(await named('path,grade\nb/train/good/0.png,OK\nb/test/cut/1.png,NG')).toEqual(problem);
    expect(await named('path,grade\nb/train/good/0.png,0\nb/test/cut/1.png,1')).toEqual(problem);
    expect(await named('{"path":"b/test/cut/1.png","grade":true}', 'a.jsonl')).toEqual(problem);
    // Other cells, or a list that says it elsewhere.
    expect(await named('path,grade\nb/train/good/0.png,12\nb/test/cut/1.png,7')).toEqual([]);
    expect(await named('path,label,grade\nb/train/good/0.png,0,OK\nb/test/cut/1.png,1,OK')).toEqual([]);
  });

  test('objects in objects without end are refused, as is a list without a first line', async () => {
    await write();
    const deep = `${'{"a":'.repeat(50_000)}[]${'}'.repeat(50_000)}`;
    await expect(list(deep, 'a.json')).rejects.toThrow('deeper than 8 levels');
    await expect(list('b/train/good/0.png,good\n')).rejects.toThrow('the first line names an image');
  });

  test('text in the Western European code of Windows', async () => {
    await root.write(['größe/0.png', ''], ['a.csv', Buffer.from('path,class\ngröße/0.png,Mütze', 'latin1')]);
    expect(all(await loadList(join(root.path, 'a.csv')))).toEqual(['Mütze train normal größe/0.png']);
  });

  test('names unknown columns with the nearest known one, and slips as problems', async () => {
    await write();
    const { leftOut, problems } = await list('path,clas,operator\nb/train/good/0.png,bolt,me');
    expect(leftOut?.[0]?.examples).toEqual([
      'clas (nearest known: class)',
      expect.stringMatching(/^operator \(nearest known: \w+\)$/),
    ]);
    expect(problems).toMatchObject([{ code: 'unknown-column', count: 1 }]);
  });

  test('Hugging Face: metadata.csv is named after its folder', async () => {
    await root.write('hf/a.png', ['hf/metadata.csv', 'file_name,label\na.png,0']);
    expect((await loadList(join(root.path, 'hf/metadata.csv'))).classes).toEqual(['hf']);
  });
});

describe('lists called metadata, as Hugging Face has them', () => {
  const read = async (...files: Parameters<typeof root.write>) => {
    await root.write(...files);
    return loadDataset(root.path);
  };

  test('inside the folders of the splits, with paths that start there', async () => {
    const dataset = await read(
      ...['train/0.png', 'test/0.png', 'test/1.png', 'test/2.png'],
      ['train/metadata.csv', 'file_name,label\n0.png,good'],
      ['test/metadata.jsonl', '{"file_name":"0.png","label":"good"}\n{"file_name":"1.png","label":"cut"}'],
    );
    const name = basename(root.path);
    expect(brief(dataset)).toEqual([
      `${name}/test/0.png test normal`,
      `${name}/test/1.png test anomalous cut`,
      `${name}/train/0.png train normal`,
    ]);
    expect(dataset.layout).toContain('2 lists of 3 rows');
    expect(dataset.problems).toEqual([
      expect.objectContaining({ code: 'not-in-list', count: 1, examples: ['test/2.png'], lost: true }),
    ]);
  });

  test('in folders further down', async () => {
    const dataset = await read(
      ...['data/train/0.png', 'data/train/1.png', 'data/test/2.png'],
      ['data/train/metadata.csv', 'file_name,label\n0.png,0\n1.png,1'],
      ['data/test/metadata.csv', 'file_name,label\n2.png,1'],
    );
    expect(brief(dataset).map((line) => line.split('/').at(-1))).toEqual([
      '2.png test anomalous defective',
      '0.png train normal',
      '1.png train anomalous defective',
    ]);
  });

  test('at the root, with masks', async () => {
    const dataset = await read(...['train/bolt/0.png', 'test/bolt/1.png', 'masks/1.png'], [
      'metadata.csv',
      'file_name,class,mask\ntrain/bolt/0.png,bolt,\ntest/bolt/1.png,bolt,masks/1.png',
    ]);
    expect(brief(dataset)).toEqual([
      'bolt/train/bolt/0.png train normal',
      'bolt/test/bolt/1.png test anomalous defective masks/1.png',
    ]);
    expect(dataset.problems).toEqual([]);
  });

  test('captions, and files that are no lists, leave the folders to speak', async () => {
    const dataset = await read(
      ...['train/good/0.png', 'test/bad/1.png'],
      ['train/metadata.csv', 'file_name,text\ngood/0.png,a bolt'],
      ['metadata.csv', 'camera,lens\n1,2'],
    );
    expect(dataset.samples.map(({ label }) => label)).toEqual(['normal', 'anomalous']);
  });
});

test('paths in other capital letters are found where only one file has them', async () => {
  await root.write('Bolt/Good/A.PNG', 'Bolt/Bad/b.png', 'Bolt/Bad/B.png', 'Bolt/Bad/c.png');
  const dataset = await list(
    'path,label\nD:\\set\\bolt\\good\\a.png,good\nbolt/bad/*.PNG,bad\nbolt/bad/b.png,bad',
    'l.csv',
  );
  expect(
    brief(dataset)
      .map((line) => line.split(' ')[0])
      .sort(),
  ).toEqual(['l/Bolt/Bad/B.png', 'l/Bolt/Bad/b.png', 'l/Bolt/Bad/c.png', 'l/D:/set/bolt/good/a.png']);
  expect(dataset.problems).toEqual([expect.objectContaining({ code: 'list-image-missing', count: 1 })]);
  expect(dataset.warnings).toContain(
    '2 paths differ from the files in capital letters, which does not matter on Windows: bolt/good/a.png, bolt/bad/*.PNG.',
  );
});

test('quoted rows among plain ones, in any order, with line breaks and blank lines', async () => {
  await root.write('a.png', 'b, 1.png', 'c.png', 'd.png');
  const text = 'path,label,note\na.png,good,\n"b, 1.png",good,"x\n\ny"\n\nc.png,cut\n"d.png","cut",""';
  expect(brief(await list(text)).sort()).toEqual([
    'parts/a.png train normal',
    'parts/b, 1.png test normal',
    'parts/c.png test anomalous cut',
    'parts/d.png test anomalous cut',
  ]);
  await expect(list('path\n"a.png",x')).rejects.toThrow('2 cells in row 2, the header has 1');
});
