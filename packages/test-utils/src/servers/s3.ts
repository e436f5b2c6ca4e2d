// Also for other packages, whose programs hold this file alone.
/// <reference path="./s3rver.d.ts" />
import S3rver from 's3rver';

/** Environment variables with which Amazon's tools find the server of a test. */
export type S3Environment = Readonly<Record<string, string>>;

/** Starts a server that is compatible with S3 on the loopback interface. Its files lie in `folder`. */
export async function startS3(
  folder: string,
  buckets: readonly string[],
): Promise<{ readonly env: S3Environment; readonly stop: () => Promise<void> }> {
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  });
  const { port } = await server.run();
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    stop: () => server.close(),
  };
}
