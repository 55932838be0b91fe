import type { Texts } from '../en';
import { admin } from './admin';
import { common } from './common';
import { requests } from './requests';
import { types } from './types';

export const de: Texts = { ...common, requests, types, admin };
