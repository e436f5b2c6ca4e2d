/** Words by meaning. Latin words are lower case without accents; one entry may be several words written together. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Each stem with each ending; `-` is no ending. */
const forms = (endings: string, stems: string): readonly string[] =>
  words(stems).flatMap((stem) => words(endings).map((ending) => stem + (ending === '-' ? '' : ending)));

const GERMAN = `- e er es en em`;
const FRENCH = `e ee es ees`;
const SPANISH = `o a os as`;
const ITALIAN = `o a i e`;
const DUTCH = `- e`;
const POLISH = `y a e i ego`;
const CZECH = `y a e i`;

/** Names of folders of good images. */
export const GOOD: readonly string[] = [
  ...words(`
  good ok okay oks normal normals pass passed passing clean fine conforming conform accepted accept acceptable healthy intact flawless
  faultless perfect undamaged unbroken qualified nominal defectfree anomalyfree faultfree nondefective nondefect nonanomalous negative
  gut gute guter gutes guten gutteil gutteile io inordnung fehlerfrei fehlerfreie einwandfrei makellos intakt unbeschadigt unbeschaedigt normale
  bon bons bonne bonnes conforme conformes normaux normales sain saine intacte intacts
  bueno buena buenos buenas correcto correcta correctos correctas aceptado aceptada apto apta aptos aptas
  buono buona buoni buone conformi normali integro integra integri idoneo idonei
  bom bons boa boas normais aprovado aprovados aprovada aprovadas
  goed goede normaal foutloos goedgekeurd goedgekeurde
  bezwad bezvad ohnebefund dobry dobre dobra dobrze normalny normalne prawidlowy prawidlowe prawidlowa poprawny poprawne sprawny sprawne zgodny zgodne
  spravny spravne normalni vporadku bezvadny bezvadne shodny shodne
  iyi saglam hatasiz kusursuz uygun
  jo jok megfelelo megfeleloek hibatlan hibatlanok bra godkand godkanda felfri felfria god gode godkendt godkendte godkjent godkjente fejlfri feilfri
  hyva hyvat ehja ehjat virheeton bun buna bune acceptat acceptate functional working dobro dobri ispravno ispravni bagus baik tot dat
  годен годные годныи годная хорошие хорошии хорошая хорошо норма нормальные исправен исправные исправныи якісні придатні добрі سليم
  compliant conformant defectless flawfree correct correctly golden sound cleaned inspec withinspec intolerance withintolerance reference references
  bien bonetat buenestado bomestado bene inorde akkoord gaaf wporzadku geeignet bestanden freigegeben brauchbar correct correcte corrects correctes valides
  perfeito perfeitos perfeita perfeitas temiz dogru gecti kabul kabuledilen hatasiolmayan sorunsuz olumlu geschikt
  `),
  ...forms(
    GERMAN,
    `korrekt richtig unauffallig unauffaellig konform fehlerlos defektfrei mangelfrei maengelfrei tadellos`,
  ),
  ...forms(FRENCH, `accept valid approuv`),
  ...forms(SPANISH, `aceptad aprobad san perfect aceit aprovad corret conformad`),
  ...forms(ITALIAN, `intatt accettat corrett san perfett approvat`),
  ...words(`regolare regolari aceite aceites`),
  ...forms(DUTCH, `onbeschadigd correct aanvaard`),
  ...forms(
    POLISH,
    `zaakceptowan przyjet wlasciw czyst poprawn prawidlow sprawn zgodn dobr normaln nieuszkodzon`,
  ),
  ...forms(CZECH, `vyhovujic schvalen prijat neposkozen neporusen normaln`),
];

/** Names of folders of images with defects. */
export const DEFECT: readonly string[] = [
  ...words(`
  bad bads ko ng ngs nok notok nogood defect defects defective defectives defected def anomaly anomalies anomalous anom abnormal abnormals
  abnormality abnormalities fail fails failed failure failures fault faults faulty reject rejects rejected rejection damaged flaw flaws flawed
  nonconforming unacceptable unqualified incorrect wrong imperfect malfunction scrap positive
  schlecht schlechte schlechter schlechtes schlechtteil schlechtteile fehler fehlerhaft fehlerhafte defekt defekte mangelhaft mangelhafte mangel
  ausschuss beschadigt beschaedigt beschadigte nio nichtinordnung anomalie anomalien anormal kaputt
  mauvais mauvaise mauvaises defaut defauts defectueux defectueuse defectueuses rebut rebuts anomalies anormale anormaux anormales nonconforme
  malo mala malos malas defecto defectos defectuoso defectuosa defectuosos defectuosas rechazo rechazado rechazada rechazados anomalia anomalias
  anormales fallo fallos danado danada
  cattivo cattiva cattivi cattive difetto difetti difettoso difettosa difettosi difettose scarto scarti anomalo anomali anomala guasto guasti
  mau maus ruim ruins defeito defeitos defeituoso defeituosa defeituosos defeituosas rejeitado rejeitados reprovado reprovados refugo anormais
  slecht slechte fout foute fouten defecten afkeur afgekeurd afgekeurde gebrek gebreken afwijking afwijkingen
  zly zle zla wada wady wadliwy wadliwe wadliwa uszkodzony uszkodzone uszkodzenie defekty braki odrzut odrzuty bledny bledne blad bledy
  spatny spatne spatna vada vady vadny vadne vadna zmetek zmetky chyba chyby poskozeny poskozene neshodny neshodne
  kotu hata hatali kusur kusurlu bozuk arizali hasarli defolu
  hibas hiba hibak selejt selejtes dalig daliga underkand underkanda felaktig felaktiga skadad skadade darlig darlige fejl fejlbehaeftet feil
  kasseret underkendt skadet huono huonot viallinen vialliset vika viat virhe virheet hylatty hylatyt rau neconform neconforme respins lose neispravno
  greska greske skart chybny chybne cacat rusak loi hong
  брак бракованные дефект дефекты дефектные дефектныи дефекти негоден негодные плохие плохои плохая плохо неисправен неисправные браковані معيب
  nonok unok unclean ariza sorun sorunlu defo maengel rejection rejections nonconformant nonconformity noncompliant noncompliance unaccepted invalid unhealthy diseased scrapped rework outlier outliers ood outofspec
  issue issues problem problems error errors poor badones suspicious unpassed
  fehlern fehlers defekten ungut unbrauchbar nacharbeit reklamation reklamationen schrott abweichung abweichungen auffallig auffaellig durchgefallen gesperrt
  rejet rejets incorrecte incorrects incorrectes mal mauvaisetat malestado mauestado hs defaillant defaillants defaillante imparfait imparfaits
  rechazos falla fallas rejeito rejeitos refugos falha falhas sucata sucatas descarte descartes desecho desechos merma
  nonconformita inconforme inconformes irregolare irregolari
  niezgodnosc wadami wada uszkodzenia uszkodzeniami defektami defektow defektu uszkodzen wad bledem bledami odpad odpady usterka usterki usterkami odrzucone odrzucony
  vadou vadami poskozeni zavada zavady zavadou anomalie defektni
  hatalar kusurlar hasar uygunsuz uygunsuzluk reddedilen iade yanlis kirik iskarta ret
  `),
  ...forms(
    GERMAN,
    `falsch verworfen abweichend unbrauchbar beschadigt beschaedigt defekt mangelhaft auffallig auffaellig`,
  ),
  ...forms(FRENCH, `refus rejet abim endommag cass invalid deform`),
  ...words(`casse casses invalide invalides`),
  ...forms(
    SPANISH,
    `rechazad anomal incorrect danad rot reprobad averiad imperfect rejeitad reprovad danificad imperfeit incorret quebrad avariad`,
  ),
  ...forms(ITALIAN, `difettat rifiutat respint errat danneggiat rott imperfett anomal scartat`),
  ...forms(DUTCH, `defect beschadigd kapot kapott afwijkend abnormal onvoldoend`),
  ...words(`abnormaal onvoldoende schade schades`),
  ...forms(
    POLISH,
    `niezgodn nieprawidlow niesprawn niepoprawn odrzucon zepsut wybrakowan uszkodzon wadliw niedobr`,
  ),
  ...forms(
    CZECH,
    `nevyhovujic nespravn defektn abnormaln odmitnut vyrazen porusen poskozen vadn chybn spatn neshodn`,
  ),
];

/** Only names that say nothing else are read as these: `negative`, but not `negative_pressure`. */
export const ALONE = new Set(
  words(
    `bra god bun buna dat tot loi hong lose rau functional working io nio positive negative clean fine pass scrap accept wrong perfect qualified bon boa bom mau
    bien mal golden reference references sound cleaned bene poor ood hs issue issues problem problems error errors rework correct ret kabul temiz
    san sano sana sani sane rot roto rota rotos rotas rotti rotte rotta rotto falsch richtig regolare regolari irregolare irregolari gaaf merma iade dogru wad
    valide valides accepte refuse refuses casse casses deforme deformes`,
  ),
);

/** Kinds of defects. A folder of this name is not a folder of good images; the words decide only where no other folder does. */
export const KINDS = words(`
  scratch scratches scratched crack cracks cracked dent dents dented hole holes cut cuts bent bend broken break breakage stain stains stained
  contamination contaminated contaminations missing rust rusty corrosion chip chips chipped burr burrs bubble bubbles pinhole tear torn wrinkle spot spots dirt
  dirty discoloration misplaced deformed deformation damage damages leak burn burnt scuff blister delamination porosity void inclusion
  kratzer riss risse beule beulen delle dellen loch locher fleck flecken schnitt bruch rost verformung verschmutzung einschluss lunker grat
  rayure rayures fissure fissures trou trous tache taches bosse rouille cassure
  rayadura rayaduras aranazo grieta grietas agujero mancha manchas abolladura rotura oxido rasguno
  graffio graffi crepa crepe macchia macchie ammaccatura rottura ruggine
  risco riscos arranhao trinca trincas furo furos amassado quebrado
  kras krassen scheur scheuren deuk deuken gat vlek vlekken
  rysa rysy pekniecie wgniecenie dziura plama plamy rdza
  skrabanec trhlina prasklina dira skvrna promacklina
  cizik catlak delik leke ezik
  blowhole blowholes fray uneven crazing pitted pitting patches spur mousebite opencircuit karcolas repedes folt repa repor sprickor ridse ridser naarmu halkeama царапина царапины трещина трещины
`);

/** Folders of masks. */
export const MASKS = words(`
  mask masks groundtruth groundtruths gt gts segmentation segmentations maske masken masque masques mascara mascaras maschera maschere
  defectmap defectmaps anomalymap anomalymaps labelmap labelmaps segmentationclass segmentationobject pixelgt
  masker maskers maska maski masky maskeler maszk maszkok маска маски разметка
`);

/** Folders of masks, unless the name also says good or anomalous: then it is a product such as a label on a bottle. */
export const WEAK_MASKS = words(
  `label labels seg segs segm annotation annotations annot annots ann anno annos annotationen annotaties anotaciones anotacje annotazioni anotacoes etiketten`,
);

export const SPLITS = {
  train:
    words(`train training trainings trainset trn entrainement apprentissage entrenamiento addestramento treino treinamento trainen trening treningowe trenink
    trenovani egitim`),
  validation: words(
    `val valid validation validate valset dev calibration calib validierung validierungs validacion validazione validacao validatie walidacja validace dogrulama`,
  ),
  test: words(
    `test testing testset tests tst eval evaluation holdout heldout prueba pruebas teste testes testen testowe`,
  ),
} as const;

/** Folders that hold other folders and say nothing about the images. */
export const WRAPPERS = words(`
  image images img imgs picture pictures photo photos data dataset bild bilder foto fotos imagen imagenes imagem imagens immagine immagini afbeelding
  afbeeldingen obraz obrazy obrazek obrazky daten kep kepek изображения фото resim resimler jpegimages default
`);

/** Words beside a label that add nothing: `NG parts`, `normal_dir`. */
export const FILLERS = words(`
  dir dirs folder folders directory ordner file files part parts piece pieces product products item items sample samples case cases set sets class
  rgb raw jpg jpeg png bmp tif teil teile muster probe proben aufnahme aufnahmen exemplar exemplare ware stuck piece pieza piezas pezzo pezzi peca pecas deel delen czesci dily parca parcalar produkt produkte
  with mit avec con com met di da de du the a an of and ones one und et y e de all new old only cam camera
`);

/** Folders whose images nobody has judged, or that a program has written. */
export const UNJUDGED = words(`
  unlabeled unlabelled unlabel unknown unsorted undefined uncertain unclear unchecked undecided unclassified todo tbd result results output outputs prediction
  predictions heatmap heatmaps overlay overlays unbekannt unklar ungepruft unsortiert ergebnisse inconnu inconnus desconocido sconosciuto desconhecido
  onbekend nieznane nezname bilinmeyen
`);

/** A word that turns the next label word round: `not_ok`, `no_defect`. */
export const NEGATIONS = new Set(
  words(
    `not no non without nicht kein keine ohne nie sans pas sin senza nao sem niet geen zonder bez ne neni nem utan uden uten ej inte ikke ei fara nije tidak khong не без un
    aucun aucune ningun ninguna nessun nessuna nenhum nenhuma privo priva esente `,
  ),
);
/** The same behind a label word: `defect_free`. */
export const NEGATIONS_AFTER = new Set(words(`free frei frij vrij less los yok degil none olmayan`));
/** Written together with a label word or a kind of defect, these turn it round: `undamaged`, `niewadliwe`. */
export const NEGATIVE_BEGINNINGS = words(`non un no not nie ne nicht kein`);
/** The same behind it: `scratchfree`, `hasarsiz`. */
export const NEGATIVE_ENDINGS = words(
  `free less frei freie freier freies freien los lose loses vrij vrije siz suz`,
);

/** Chinese, Japanese and Korean have no spaces: these are found inside a run of their characters, the longest first. */
export const CJK = {
  good: words(
    `良品 良好 良い 合格 正常 正品 好品 优品 優品 完好 通过 通過 適合 傷なし 無傷 キズなし 양품 정상 합격 양호 적합 좋음 통과 良 好 可 合`,
  ),
  defect: words(
    `不良 次品 缺陷 异常 異常 瑕疵 坏品 壞品 残次 殘次 废品 廢品 故障 不合格 欠陥 不具合 불량 결함 비정상 이상 불합격 하자 坏 壞
    损坏 損壞 报废 報廢 残品 殘品 疵品 劣品 问题 問題 不適合 不可 悪い 否 廃棄 廃品 부적합 나쁨 오류 폐기 고장`,
  ),
  kind: words(
    `划痕 划伤 刮痕 刮伤 裂纹 裂缝 破损 破損 损伤 損傷 凹痕 孔洞 污渍 脏污 缺口 毛刺 傷あり キズあり 傷 キズ 傷 割れ ヒビ へこみ 打痕 汚れ 欠け バリ 스크래치 흠집 균열 찍힘 구멍 오염 크랙 긁힘 파손 손상 이물`,
  ),
  mask: words(`掩码 掩膜 掩模 蒙版 遮罩 标注 標註 标签 マスク 正解 アノテーション 마스크 라벨 레이블 정답`),
  train: words(`训练 訓練 学習 トレーニング 학습 훈련`),
  validation: words(`验证 驗證 検証 검증`),
  test: words(`测试 測試 テスト 테스트`),
  wrapper: words(`图像 图片 圖像 圖片 照片 画像 写真 이미지 사진 数据 データ 데이터`),
  filler: words(`的 な 品 件 样本 集 图 図 组 類 类 의`),
  before: words(`没有 沒有 不 非 未 无 無 没 비 불 무 미`),
  after: words(`なし 無し ない でない ではない じゃない 없음 없는 없다 무`),
} as const;
