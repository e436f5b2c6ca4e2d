import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { assertCommand } from '../../__fixtures__/known-command.js';

const read = (file: string): unknown[] => {
  const path = fileURLToPath(new URL(`../../../../../examples/17-fleet/${file}`, import.meta.url));
  const documents = parseAllDocuments(readFileSync(path, 'utf8'), { strict: true, uniqueKeys: true });
  return [...documents].map((document) => {
    expect(document.errors).toEqual([]);
    expect(document.warnings).toEqual([]);
    return document.toJS();
  });
};

const text = z.string().min(1);
const service = z.strictObject({
  image: text,
  command: z.array(text),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(text).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).optional(),
  restart: z.literal('unless-stopped').optional(),
  stop_grace_period: text.optional(),
  healthcheck: z.object({ test: z.array(text), interval: text }).optional(),
  profiles: z.array(text).optional(),
  deploy: z.object({ replicas: z.int().min(1) }).optional(),
});
const compose = z.strictObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.object({})),
});

test('the Compose file of the example is well formed, and mint takes its commands', () => {
  const { services, volumes } = compose.parse(read('compose.yaml')[0]);
  expect(services.redis?.command).toContain('--appendonly');
  for (const { command, depends_on = {}, volumes: mounts = [] } of Object.values(services)) {
    if (command[0] === 'mint') assertCommand(command, 'fleet');
    expect(Object.keys(depends_on).every((name) => name in services)).toBe(true);
    for (const mount of mounts.filter((one) => !one.startsWith('.')))
      expect(volumes).toHaveProperty(mount.split(':')[0] ?? '');
  }
});

const container = z.object({
  name: text,
  image: text,
  args: z.array(text),
  env: z.array(z.strictObject({ name: text, value: text })).optional(),
  resources: z.object({ requests: z.object({ cpu: text, memory: text }) }),
});
const pod = z.object({ containers: z.array(container).min(1) });
const selected = z.object({
  selector: z.object({ matchLabels: z.object({ app: text }) }),
  template: z.object({ metadata: z.object({ labels: z.object({ app: text }) }), spec: pod }),
});
const kinds = {
  Service: z.object({
    spec: z.object({ selector: z.object({ app: text }), ports: z.array(z.object({ port: z.int() })) }),
  }),
  StatefulSet: z.object({
    spec: selected.extend({ serviceName: text, volumeClaimTemplates: z.array(z.object({})) }),
  }),
  Deployment: z.object({ spec: selected.extend({ replicas: z.int().min(1) }) }),
  Job: z.object({
    spec: z.object({
      template: z.object({ spec: pod.extend({ restartPolicy: z.enum(['Never', 'OnFailure']) }) }),
    }),
  }),
};
const APIS = { Service: 'v1', StatefulSet: 'apps/v1', Deployment: 'apps/v1', Job: 'batch/v1' } as const;

test('the Kubernetes manifest of the example is well formed, and mint takes its commands', () => {
  const documents = read('kubernetes.yaml');
  const heads = documents.map((document) =>
    z
      .object({
        apiVersion: text,
        kind: z.enum(['Service', 'StatefulSet', 'Deployment', 'Job']),
        metadata: z.object({ name: text }),
      })
      .parse(document),
  );
  expect(heads.map(({ kind }) => kind)).toEqual(['Service', 'StatefulSet', 'Deployment', 'Job']);
  for (const [i, { kind, apiVersion }] of heads.entries()) {
    expect(apiVersion).toBe(APIS[kind]);
    kinds[kind].parse(documents[i]);
  }
  const { spec: service_ } = kinds.Service.parse(documents[0]);
  const workloads = [kinds.StatefulSet.parse(documents[1]), kinds.Deployment.parse(documents[2])];
  for (const { spec } of workloads) expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
  expect(workloads[0]?.spec.selector.matchLabels).toEqual(service_.selector);
  const containers = [
    workloads[1]?.spec.template.spec,
    kinds.Job.parse(documents[3]).spec.template.spec,
  ].flatMap((one) => one?.containers ?? []);
  for (const { args, env = [] } of containers) {
    assertCommand(args, 'fleet');
    expect(env).toContainEqual({ name: 'MINT_REDIS', value: `redis://${heads[0]?.metadata.name}:6379` });
  }
});
