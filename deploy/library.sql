-- Stands for the platform's own library, where the media worker asks what each site stores: point
-- [media.source] of tidemark.toml at yours, and leave this out.
CREATE DATABASE library;
\connect library
CREATE TABLE media (
    site_id      text PRIMARY KEY,
    bytes_stored bigint NOT NULL,
    media_count  bigint NOT NULL,
    changed_at   timestamptz NOT NULL DEFAULT now()
);
