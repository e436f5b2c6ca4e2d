import { Random } from '@mint/internal';
import { pixelMetrics as nw } from '../src/index.js';
import { pixelMetrics as old } from './old/pixel-metrics.js';
import { labelRegions } from '../src/label-regions.js';
import { sortDescending } from '../src/sort-scores.js';
import { sortDescending as oldSort } from './old/sort-scores.js';
const n=83*224*224, r=new Random(0), maps=new Float32Array(n), masks=new Uint8Array(n);
for(let i=0;i<n;i++){maps[i]=r.normal(); masks[i]=Number(((i/3000)|0)%40===0);} 
const S={width:224,height:224};
const t=(f:()=>unknown)=>{const a=performance.now();f();return performance.now()-a};
const o:number[][]=[[],[],[],[],[]];
for(let k=0;k<9;k++){o[0].push(t(()=>old(maps,masks,S)));o[1].push(t(()=>nw(maps,masks,S)));
 o[2].push(t(()=>labelRegions(masks,S)));o[3].push(t(()=>sortDescending(maps,new Int32Array(n))));o[4].push(t(()=>oldSort(maps,new Uint32Array(n))));}
console.log(['old','new','label','sort','oldsort'].map((m,i)=>m+' '+[...o[i]].sort((a,b)=>a-b)[4].toFixed(0)+' min '+Math.min(...o[i]).toFixed(0)).join(' | '));
