/**
 * A web server that says which node it serves on: `node hello.ts PORT`. It stands for an application
 * of one's own: nothing in it is made for a cluster.
 */
import { createServer } from 'node:http';

const port = Number(process.argv[2]);

createServer((_request, response) => {
  response.end(`${process.env['HOLDFAST_NODE'] ?? 'no node'}\n`);
}).listen(port, '127.0.0.1');
