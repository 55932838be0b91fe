/* Which screen an address opens. Every screen is a chunk of its own. */
import { route } from './router';

const catalogue = () => import('../screens/requests/Catalogue');

export const routes = [
  route('/inbox', () => import('../screens/requests/Inbox')),
  route('/requests/:number', () => import('../screens/requests/RequestPage')),
  route('/catalogue', catalogue),
  route('/catalogue/:requestTypeId', catalogue),
  route('/next/new', () => import('../screens/requests/NextNew')),
  route('/board', () => import('../screens/requests/Board')),
  route('/request-types', () => import('../screens/requests/RequestTypes')),
  route('/request-types/:id', () => import('../screens/requests/RequestTypeEditor')),
] as const;
