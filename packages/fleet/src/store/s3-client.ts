import type { S3Client } from '@aws-sdk/client-s3';
import { MintError } from '@mint/internal';

/** The package for S3, with a client that is set up by the environment. */
export interface S3 {
  /** The package. */
  readonly sdk: typeof import('@aws-sdk/client-s3');
  /** The client. */
  readonly client: S3Client;
}

/**
 * Opens S3, or a store with the same protocol. Keys, region and address come from where Amazon's tools take them:
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, profiles, or the role of the machine.
 *
 * @throws MintError `UNAVAILABLE` when `@aws-sdk/client-s3` is not installed.
 */
export async function openS3(): Promise<S3> {
  const sdk = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
    const message =
      's3:// addresses need the package @aws-sdk/client-s3, which could not be loaded. Install it: npm install @aws-sdk/client-s3@3.';
    throw new MintError('UNAVAILABLE', message, { cause });
  });
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  const client = new sdk.S3Client({
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1',
    // Other stores than Amazon's seldom have a host name for each bucket.
    forcePathStyle: (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined,
    // Other stores than Amazon's seldom know its newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 5,
  });
  return { sdk, client };
}

/** The parts of an `s3://` address. */
export interface S3Place {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Key, or the beginning of keys; empty for the whole bucket. */
  readonly key: string;
}

/** Bucket and the beginning of the keys in an `s3://` address. @throws MintError `INVALID_ARGUMENT` without a bucket. */
export function parseS3(address: string): S3Place {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(address) ?? [];
  if (bucket !== undefined) return { bucket, key };
  throw new MintError('INVALID_ARGUMENT', `${address}: expected an address such as s3://bucket/prefix.`);
}
