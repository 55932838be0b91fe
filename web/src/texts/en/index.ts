import { admin } from './admin';
import { common } from './common';
import { flows } from './flows';
import { requests } from './requests';
import { tables } from './tables';
import { types } from './types';

export const en = { ...common, flows, requests, tables, types, admin };
export type Texts = typeof en;
