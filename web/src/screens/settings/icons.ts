/* Icons of resource types and kinds of objects. */
import type { LucideIcon } from 'lucide-react';
import type { ResourceTypeName } from '../../api/types';
import { IconApp, IconFlow, IconPeople, IconPerson } from '../../ui/icons';

export const resourceIcon: Record<ResourceTypeName, LucideIcon> = { users: IconPerson, groups: IconPeople, applications: IconApp, workflows: IconFlow };
