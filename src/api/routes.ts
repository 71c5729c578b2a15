/** The one route table. Keys are `METHOD /path`; names in braces are given by the caller. */
import { agentRoutes } from './routes/agents.ts';
import { attributeRoutes } from './routes/attributes.ts';
import { balanceRoutes } from './routes/balance.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { configurationRoutes } from './routes/configuration.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { fencingRoutes } from './routes/fencing.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { machineRoutes } from './routes/machines.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { pacemakerRoutes } from './routes/pacemaker.ts';
import { resourceRoutes } from './routes/resources.ts';
import { stopRoutes } from './routes/stop.ts';

export const routes = {
  ...clusterRoutes,
  ...balanceRoutes,
  ...configurationRoutes,
  ...decisionRoutes,
  ...incidentRoutes,
  ...machineRoutes,
  ...resourceRoutes,
  ...nodeRoutes,
  ...fencingRoutes,
  ...stopRoutes,
  ...attributeRoutes,
  ...agentRoutes,
  ...pacemakerRoutes,
};

export type Routes = typeof routes;
export type RouteKey = keyof Routes;
