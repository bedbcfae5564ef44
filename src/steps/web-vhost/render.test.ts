import { describe, expect, it } from 'vitest';
import { placeIn, wordsOf } from './check-config.ts';
import { listensIn } from './listens.ts';
import type { VhostParams } from './params.ts';
import { apacheModules, renderApache } from './render-apache.ts';
import { renderNginx } from './render-nginx.ts';

const base: VhostParams = { server: 'apache', name: 'm-1', hostname: 'm.lan', aliases: ['www.m.lan'] };
const tls = { certificate: '/etc/ssl/m.pem', key: '/etc/ssl/m.key' };
const apache = (more: Partial<VhostParams>, listens: readonly string[] = ['80', '443']): string =>
  String(renderApache({ ...base, ...more }, new Set(listens)));
const nginx = (more: Partial<VhostParams>, ipv6 = false): string =>
  String(renderNginx({ ...base, server: 'nginx', ...more }, ipv6));

describe('a virtual host in the words of Apache', () => {
  it('leads from HTTP to HTTPS, and lets challenges through before all else', () => {
    expect(apache({ tls, acme: '/srv/acme', routes: [{ path: '/', proxy: 'http://127.0.0.1:3333' }] })).toBe(
      [
        '# Made by fairlead; changes by hand are noticed, and asked about.',
        '<VirtualHost *:80>',
        '  ServerName m.lan',
        '  ServerAlias www.m.lan',
        '  Alias "/.well-known/acme-challenge/" "/srv/acme/"',
        '  <Directory "/srv/acme">',
        '    Require all granted',
        '  </Directory>',
        '  RedirectMatch permanent "^(?!/\\.well-known/acme-challenge/)(/.*)$" "https://m.lan$1"',
        '</VirtualHost>',
        '<VirtualHost *:443>',
        '  ServerName m.lan',
        '  ServerAlias www.m.lan',
        '  SSLEngine on',
        '  SSLCertificateFile "/etc/ssl/m.pem"',
        '  SSLCertificateKeyFile "/etc/ssl/m.key"',
        '  Alias "/.well-known/acme-challenge/" "/srv/acme/"',
        '  <Directory "/srv/acme">',
        '    Require all granted',
        '  </Directory>',
        '  ProxyRequests Off',
        '  <Proxy "*">',
        '    Require all granted',
        '  </Proxy>',
        '  RequestHeader unset X-Forwarded-Host',
        '  RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"',
        '  ProxyPass "/.well-known/acme-challenge/" "!"',
        '  ProxyPass "/" "http://127.0.0.1:3333/"',
        '  ProxyPassReverse "/" "http://127.0.0.1:3333/"',
        '  <Location "/">',
        '    ProxyPreserveHost On',
        '  </Location>',
        '</VirtualHost>',
        '',
      ].join('\n'),
    );
  });

  it('of several routes the longest counts, though Apache takes the first', () => {
    const routes = [
      { path: '/', proxy: 'http://127.0.0.1:3333' },
      { path: '/api/v1/streaming', proxy: 'http://127.0.0.1:4444/api/v1/streaming', websocket: true, buffering: false },
      { path: '/files/', folder: '/srv/files' },
    ];
    const text = apache({ routes });
    const order = ['/api/v1/streaming', '/files/', '/'].map((path) => text.indexOf(`ProxyPass "${path}"`));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    // Of the sections it is the last that counts.
    expect(text.indexOf('<Location "/">')).toBeLessThan(text.indexOf('<Location "/api/v1/streaming">'));
    expect(text).toContain('"http://127.0.0.1:4444/api/v1/streaming" upgrade=websocket flushpackets=on timeout=3600');
    expect(text).toContain('ProxyPass "/files/" "!"\n  Alias "/files/" "/srv/files/"');
  });

  it('listens once on what two files want, and not at all on what another has', () => {
    expect(apache({ http_port: 8080 })).toContain(
      '<IfDefine !FAIRLEAD_LISTEN_8080>\n  Define FAIRLEAD_LISTEN_8080\n  Listen 8080\n</IfDefine>\n<VirtualHost *:8080>',
    );
    expect(apache({ http_port: 8080 }, ['8080'])).not.toContain('Listen');
    expect(apache({ http_port: 8080, address: '127.0.0.1' })).toContain('Listen 127.0.0.1:8080\n');
  });

  it('takes headers out of both of its tables, and slashes, bodies and sockets as they are wanted', () => {
    const text = apache({
      hidden_headers: ['Access-Control-Allow-Origin'],
      max_body: '2m',
      encoded_slashes: true,
      routes: [
        { path: '/cool/', proxy: 'https://localhost', socket: '/run/cool.sock', canonical: false, headers: { 'X-A': 'b' } },
      ],
    });
    expect(text).toContain('Header unset Access-Control-Allow-Origin\n  Header always unset Access-Control-Allow-Origin');
    expect(text).toContain('LimitRequestBody 2097152\n  AllowEncodedSlashes NoDecode');
    expect(text).toContain('ProxyPass "/cool/" "unix:/run/cool.sock|https://localhost/cool/" nocanon');
    expect(text).toContain('SSLProxyEngine on');
    expect(text).toContain('    RequestHeader set X-A "b"');
  });

  it('needs the modules that its directives come from', () => {
    expect(apacheModules({ ...base, tls, http2: true, acme: '/a', modules: ['rewrite'] })).toEqual([
      'alias',
      'http2',
      'rewrite',
      'ssl',
    ]);
    expect(apacheModules({ ...base, routes: [{ path: '/', proxy: 'https://x' }] })).toEqual([
      'headers',
      'proxy',
      'proxy_http',
      'ssl',
    ]);
  });
});

describe('a virtual host in the words of nginx', () => {
  it('leads from HTTP to HTTPS, and passes WebSockets on', () => {
    const routes = [{ path: '/', proxy: 'http://127.0.0.1:3333/', websocket: true, buffering: false, timeout: '90s' }];
    expect(nginx({ tls, http2: true, acme: '/srv/acme', max_body: '0', routes }, true)).toBe(
      [
        '# Made by fairlead; changes by hand are noticed, and asked about.',
        'map $http_upgrade $fairlead_m_1_connection {',
        '  default upgrade;',
        "  '' '';",
        '}',
        'server {',
        '  listen 80;',
        '  listen [::]:80;',
        '  server_name m.lan www.m.lan;',
        '  location ^~ /.well-known/acme-challenge/ {',
        '    alias "/srv/acme/";',
        '  }',
        '  location / {',
        '    return 301 https://m.lan$request_uri;',
        '  }',
        '}',
        'server {',
        '  listen 443 ssl http2;',
        '  listen [::]:443 ssl http2;',
        '  server_name m.lan www.m.lan;',
        '  ssl_certificate "/etc/ssl/m.pem";',
        '  ssl_certificate_key "/etc/ssl/m.key";',
        '  location ^~ /.well-known/acme-challenge/ {',
        '    alias "/srv/acme/";',
        '  }',
        '  client_max_body_size 0;',
        '  location / {',
        '    proxy_pass http://127.0.0.1:3333;',
        '    proxy_http_version 1.1;',
        '    proxy_set_header Host $http_host;',
        '    proxy_set_header X-Real-IP $remote_addr;',
        '    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
        '    proxy_set_header X-Forwarded-Proto $scheme;',
        '    proxy_set_header X-Forwarded-Host $host;',
        '    proxy_set_header Upgrade $http_upgrade;',
        '    proxy_set_header Connection $fairlead_m_1_connection;',
        '    proxy_read_timeout 90s;',
        '    proxy_send_timeout 90s;',
        '    proxy_buffering off;',
        '    proxy_request_buffering off;',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('serves plain and secure alike where it is not to lead, and sockets and folders', () => {
    const routes = [
      { path: '/', folder: '/srv/www/' },
      {
        path: '/api/',
        proxy: 'http://localhost/v1/',
        socket: '/run/api.sock',
        keep_host: false,
        headers: { 'x-forwarded-proto': 'https' },
      },
    ];
    const text = nginx({ tls, redirect: false, address: '[::1]', routes, response_headers: { 'X-A': 'b' } });
    expect(text).toContain('  listen [::1]:80;\n  listen [::1]:443 ssl;\n');
    expect(text).toContain('  location / {\n    root "/srv/www";\n  }');
    expect(text).toContain('proxy_pass http://unix:/run/api.sock:/v1/;');
    expect(text).toContain('proxy_set_header Host $proxy_host;');
    expect(text.match(/x-forwarded-proto .*/gi)).toEqual(['x-forwarded-proto "https";']);
    expect(text).toContain('add_header X-A "b" always;\n  proxy_hide_header X-A;');
    expect(text.match(/server \{/g)).toHaveLength(1);
  });
});

it('finds what a server says, and where the fault lies', () => {
  const apacheSays = wordsOf(
    "AH00558: apache2: Could not reliably\nAH00526: Syntax error on line 3 of /etc/apache2/sites-enabled/x.conf:\nInvalid command 'Foo'\nAction 'configtest' failed.\n",
  );
  expect(apacheSays).toHaveLength(2);
  expect(placeIn(apacheSays)).toEqual({ file: '/etc/apache2/sites-enabled/x.conf', line: 3 });
  expect(placeIn(["AH02297: Cannot access directory '/n/' for log file '/n/x.log' defined at /etc/apache2/x.conf:7"])).toEqual({
    file: '/etc/apache2/x.conf',
    line: 7,
  });
  expect(placeIn(wordsOf('nginx: [emerg] unknown directive "foo" in /etc/nginx/sites-enabled/x.conf:2\n'))).toEqual({
    file: '/etc/nginx/sites-enabled/x.conf',
    line: 2,
  });
  expect(placeIn(['no idea'])).toBeUndefined();
});

it('finds what files listen on', () => {
  const text =
    '# Listen 1\nListen 80\n\tListen 127.0.0.1:8080 https\nlisten [::]:443 ssl;\nlisten 0.0.0.0:81;\nListenBacklog 5\n';
  expect(listensIn(text)).toEqual(['80', '127.0.0.1:8080', '443', '81']);
});
