import { readFileSync } from 'node:fs';

/** What both services read from `/configs/appsettings.json`, by the names that it has there. */
export interface Settings {
  readonly ADMIN_APP_KEY: string;
  readonly APP_KEY: string;
  readonly TLS: { readonly Cert: string; readonly Password: string };
  readonly OpenId: { readonly EncryptionCert: string; readonly SigningCert?: string; readonly Issuer: string };
  readonly ConnectionStrings: {
    readonly IdentityConnection?: string;
    readonly MediaConnection?: string;
    readonly DistributedCache?: string;
  };
  readonly MassTransit: {
    readonly Host: string;
    readonly User: string;
    readonly Password: string;
    readonly StartTimeoutSeconds?: number;
  };
  readonly ApiClients?: readonly ApiClient[];
  readonly ApiClient?: ApiClient;
}

interface ApiClient {
  readonly ClientId: string;
  readonly ClientSecret: string;
}

/** Reads them; throws where the file is missing or no JSON. */
export const readSettings = (): Settings => JSON.parse(readFileSync('/configs/appsettings.json', 'utf8')) as Settings;

/** A `;`-separated connection string as its names, in lower case, and their values. */
export function connectionOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(';').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    pairs.map((part) => [part.slice(0, part.indexOf('=')).trim().toLowerCase(), part.slice(part.indexOf('=') + 1)]),
  );
}
