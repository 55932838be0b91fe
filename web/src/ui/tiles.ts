/* Icons of teams and request types by the names the server stores. */
import {
  Award, BadgeCheck, Banknote, Boxes, Briefcase, Building2, CalendarDays, Car, ClipboardList, Database, DoorOpen, FileText, FlaskConical, Gavel, Headset,
  IdCard, KeyRound, Laptop, LockKeyhole, type LucideIcon, MonitorSmartphone, Package, Palette, Plane, Scale, ShieldCheck, Smartphone, Sparkles, Table2, TrendingUp, UserPlus, UserRound, UsersRound, Wrench,
} from 'lucide-react';

export const teamIcons: Record<string, LucideIcon> = {
  support: Headset, administrative: ClipboardList, finance: Scale, it: Wrench, security: LockKeyhole, sales: TrendingUp, legal: Gavel, hr: UsersRound,
  events: CalendarDays, cleaning: Sparkles, design: Palette, engineering: FlaskConical, facilities: DoorOpen, operations: Boxes, recruiting: UserPlus,
};
export const typeIcons: Record<string, LucideIcon> = {
  badge: IdCard, key: KeyRound, laptop: Laptop, phone: Smartphone, screen: MonitorSmartphone, door: DoorOpen, building: Building2, car: Car, travel: Plane,
  person: UserRound, people: UsersRound, shield: ShieldCheck, lock: LockKeyhole, database: Database, table: Table2, file: FileText, package: Package,
  money: Banknote, scale: Scale, briefcase: Briefcase, flask: FlaskConical, palette: Palette, wrench: Wrench, award: Award, check: BadgeCheck,
};
export const typeIconNames = Object.keys(typeIcons);
