import { common } from './common';
import { requests } from './requests';
import { types } from './types';

export const en = { ...common, requests, types };
export type Texts = typeof en;
