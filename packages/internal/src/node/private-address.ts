import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Addresses that are not on the internet: this machine, local networks, and the clouds' services for their own machines. */
const PRIVATE = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv6');

/** Where a host is. */
export interface ResolvedHost {
  readonly addresses: readonly LookupAddress[];
  /** Whether one of them is not on the internet. */
  readonly isPrivate: boolean;
}

/**
 * Resolves the host of a URL, once: what is checked is what is connected to.
 *
 * @param host - `hostname` of a URL: IPv6 addresses in brackets.
 * @throws the error of the resolver for a name that does not resolve.
 */
export async function resolveHost(host: string): Promise<ResolvedHost> {
  const name = host.replace(/^\[|\]$/g, '');
  const family = isIP(name);
  const addresses = family === 0 ? await lookup(name, { all: true }) : [{ address: name, family }];
  return { addresses, isPrivate: addresses.some(({ address }) => isPrivateAddress(address)) };
}

function isPrivateAddress(address: string): boolean {
  // BlockList checks an IPv4 address inside an IPv6 one against the rules for IPv4.
  return PRIVATE.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
