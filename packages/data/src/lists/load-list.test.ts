import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@mint/test-utils';
import { describe, expect, test } from 'vitest';
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
    await expect(list(`path\n${'*a'.repeat(9)}`)).rejects.toThrow(
      'line 2: a pattern may have at most 8 stars',
    );
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
