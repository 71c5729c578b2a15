import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** The address of the web service in examples/web.yaml, free in every lab. */
export const webAddress = '10.77.0.200';

/** Gives each node an nginx.conf with which nginx answers every request with the node's name. */
export function installWebServer(lab: Lab): void {
  for (const node of lab.nodes)
    writeFileSync(join(node.directory, 'etc-nginx', 'nginx.conf'), configuration);
}

/** One worker and no files: the server is not what is measured. */
const configuration = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {
  worker_connections 256;
}
http {
  access_log off;
  keepalive_requests 1000000;
  default_type text/plain;
  server {
    listen 80;
    location / {
      return 200 "$hostname\\n";
    }
  }
}
`;
