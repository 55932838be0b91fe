import { admin } from './admin';
import { common } from './common';
import { requests } from './requests';
import { types } from './types';

export const en = { ...common, requests, types, admin };
export type Texts = typeof en;
