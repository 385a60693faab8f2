/** What we use of Home Assistant's frontend, for the check in scripts/lint. Browsers never load this. */

interface HassEntity {
  entity_id: string;
  state: string;
  attributes: Record<string, any>;
}

interface HassRegistryEntry {
  entity_id: string;
  device_id?: string;
  platform?: string;
  translation_key?: string;
}

interface HassDevice {
  id: string;
  name: string | null;
  name_by_user: string | null;
  manufacturer: string | null;
}

type Localize = (key: string, values?: Record<string, unknown>) => string;

interface Hass {
  states: Record<string, HassEntity>;
  entities: Record<string, HassRegistryEntry>;
  devices: Record<string, HassDevice>;
  language: string;
  locale: { language: string; number_format: string; time_format: "12" | "24" | "language" | "system" };
  config: { currency: string; time_zone: string; components: string[] };
  user?: { is_admin: boolean };
  localize: Localize;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
  formatEntityState(state: HassEntity, value?: string): string;
  formatEntityAttributeValue(state: HassEntity, attribute: string): string;
  formatEntityName(state: HassEntity, name: { type: "entity" }): string;
  callService(
    domain: string,
    service: string,
    data?: Record<string, unknown>,
    target?: Record<string, unknown>,
    notifyOnError?: boolean,
  ): Promise<unknown>;
  callWS(message: Record<string, unknown>): Promise<unknown>;
}

interface CardConfig {
  type: string;
  device: string;
  layout?: "large" | "compact";
  name?: string;
}

interface FormSchema {
  name: string;
  required?: boolean;
  selector: Record<string, unknown>;
}

interface Window {
  customCards?: Record<string, any>[];
  customStrategies?: Record<string, any>[];
}
