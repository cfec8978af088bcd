-- Shows RAET packets in Wireshark and tshark: heads of both styles with their fields, kinds and flags
-- by name, the length of coat and foot, and bodies that are not sealed.
--
--     tshark -X lua_script:scripts/raet.lua -r road.pcapng
--     wireshark -X lua_script:scripts/raet.lua road.pcapng
--
-- Packets are known by how they begin, whatever their port. Captures of `raet trace` hold heads only:
-- then nothing is said of what follows. Filters: raet.transaction_kind == 0 && raet.session == 2

local raet = Proto("raet", "RAET")

local packet_kinds = {
  [0] = "message", "ack", "nack", "resend", "request", "response", "hello", "cookie", "initiate",
  "unjoined", "unallowed", "renew", "refuse", "reject", "pend", "done",
}
local transaction_kinds = { [0] = "message", "join", "bind", "allow", "alive" }
local body_kinds = { [0] = "none", "json", "raw", "msgpack" }
local nacl_kinds = { [0] = "none", "nacl" }
local head_styles = { [0] = "raet", "json" }
local flags = {
  { "correspondent", 0x01, "Sent by the side that did not begin the transaction" },
  { "broadcast", 0x02, "For everybody" },
  { "wait", 0x04, "The sender waits for an answer" },
  { "segmented", 0x08, "One segment of a longer message" },
  { "again", 0x10, "Sent before" },
  { "nat", 0x20, "The sender is behind a NAT" },
  { "dynamic", 0x40, "The sender's address may change" },
  { "ipv6", 0x80, "The address is IPv6" },
}

local fields = {}
-- The fields of a head by their keys on the wire.
local by_key = {}

local function number(key, name, label, values)
  local field = ProtoField.uint32("raet." .. name, label, base.DEC, values)
  fields[name], by_key[key] = field, field
end

fields.style = ProtoField.uint8("raet.head_style", "Head style", base.DEC, head_styles)
fields.identity = ProtoField.string("raet.identity", "Identity")
by_key.ri = fields.identity
number("vn", "version", "Version")
number("pl", "length", "Packet length")
number("hl", "head_length", "Head length")
number("fl", "foot_length", "Foot length")
number("pk", "packet_kind", "Packet kind", packet_kinds)
number("tk", "transaction_kind", "Transaction kind", transaction_kinds)
number("hk", "head_kind", "Head kind", head_styles)
number("bk", "body_kind", "Body kind", body_kinds)
number("ck", "coat_kind", "Coat kind", nacl_kinds)
number("fk", "foot_kind", "Foot kind", nacl_kinds)
number("se", "source", "Source (its number for the receiver)")
number("de", "destination", "Destination (its number for the sender)")
number("si", "session", "Session")
number("ti", "transaction", "Transaction")
number("oi", "order", "Order index")
number("sn", "segment", "Segment")
number("sc", "segments", "Segments")
number("ml", "message_length", "Message length")
fields.datetime = ProtoField.double("raet.datetime", "Datetime")
by_key.dt = fields.datetime
fields.flags = ProtoField.uint8("raet.flags", "Flags", base.HEX)
by_key.fg = fields.flags
for _, flag in ipairs(flags) do
  local name, mask, meaning = flag[1], flag[2], flag[3]
  fields["flag_" .. name] = ProtoField.bool("raet.flags." .. name, name, 8, nil, mask, meaning)
end
fields.coat = ProtoField.bytes("raet.coat", "Coat (sealed body)")
fields.body = ProtoField.string("raet.body", "Body")
fields.raw_body = ProtoField.bytes("raet.raw_body", "Body")
fields.foot = ProtoField.bytes("raet.foot", "Foot (signature)")

local list = {}
for _, field in pairs(fields) do table.insert(list, field) end
raet.fields = list

local bad_head = ProtoExpert.new(
  "raet.bad_head", "The head has no end, or a line that can't be", expert.group.MALFORMED,
  expert.severity.ERROR)
local bad_length = ProtoExpert.new(
  "raet.bad_length", "The head says another length", expert.group.MALFORMED,
  expert.severity.WARN)
raet.experts = { bad_head, bad_length }

local RAET_START = "ri RAET\n"
local JSON_START = '{"ri":"RAET",'
local HEAD_MAX = 255

local function is_raet(text) return text:sub(1, #RAET_START) == RAET_START end
local function is_json(text) return text:sub(1, #JSON_START) == JSON_START end

-- Whether a field of that key can have the value; what comes from the network may be anything.
local function fits(key, value)
  if key == "ri" then return type(value) == "string" end
  if type(value) ~= "number" then return false end
  if key == "dt" then return true end
  local most = key == "fg" and 0xff or 0xffffffff
  return value >= 0 and value <= most and value == math.floor(value)
end

-- Each reader returns a list of { key, value, offset, length } and the head's length, which is nil if
-- the head has no end. Numbers of a raet head are hex, but for the datetime.
local function read_raet(text)
  local found, at = {}, 1
  while true do
    local stop = text:find("\n", at, true)
    if not stop then return found, nil end
    if stop == at then return found, stop end
    local key, value = text:sub(at, stop - 1):match("^(%a%a) (.*)$")
    if not key then return found, nil end
    local plain = key == "ri" or key == "dt"
    local read = value
    if key == "dt" then read = tonumber(value) elseif not plain then read = tonumber(value, 16) end
    if not fits(key, read) then return found, nil end
    table.insert(found, { key, read, at - 1, stop - at })
    at = stop + 1
  end
end

local HEX_TEXT = { pl = true, hl = true, fg = true }

local function read_json(text)
  local found = {}
  local stop = text:find("\r\n\r\n", 1, true)
  local at = 2
  while true do
    local from, to, key, value = text:find('^"(%a%a)":("?[^",}]*"?)', at)
    if not from then break end
    local read = value:match('^"(.*)"$')
    if read == nil then read = tonumber(value)
    elseif HEX_TEXT[key] then read = tonumber(read, 16) end
    if not fits(key, read) then return found, nil end
    table.insert(found, { key, read, from - 1, to - from + 1 })
    at = to + 2
  end
  return found, stop and stop + 3
end

local function set_flags(value)
  local names = {}
  for _, flag in ipairs(flags) do
    if bit.band(value, flag[2]) ~= 0 then table.insert(names, flag[1]) end
  end
  return names
end

-- One line that says what a packet is.
local function describe(head)
  local transaction = head.tk or 0
  local packet = head.pk or 0
  local parts = {
    (transaction_kinds[transaction] or ("kind " .. transaction)) .. " " ..
      (packet_kinds[packet] or ("kind " .. packet)),
  }
  if (head.sc or 1) > 1 then
    table.insert(parts, string.format("%d/%d", (head.sn or 0) + 1, head.sc))
  elseif (head.sn or 0) > 0 then
    table.insert(parts, string.format("segment %d", head.sn))
  end
  table.insert(parts, string.format("session=%d transaction=%d", head.si or 0, head.ti or 0))
  local names = set_flags(head.fg or 0)
  if #names > 0 then table.insert(parts, "[" .. table.concat(names, " ") .. "]") end
  return table.concat(parts, " ")
end

local function add_fields(tree, tvb, found)
  local head = {}
  for _, entry in ipairs(found) do
    local key, value, offset, length = entry[1], entry[2], entry[3], entry[4]
    local field = by_key[key]
    local range = tvb:range(offset, length)
    if field then
      head[key] = value
      local item = tree:add(field, range, value)
      if key == "fg" then
        for _, flag in ipairs(flags) do item:add(fields["flag_" .. flag[1]], range, value) end
        item:append_text(" (" .. table.concat(set_flags(value), ", ") .. ")")
      end
    end
  end
  -- Zeros are not on the wire; filters by kind should find them all the same.
  for _, key in ipairs({ "tk", "pk" }) do
    if head[key] == nil then tree:add(by_key[key], 0):set_generated() end
  end
  return head
end

-- What follows the head, as far as it was captured.
local function add_rest(tree, tvb, head, head_length)
  local captured, whole = tvb:len(), tvb:reported_len()
  local foot = head.fl or 0
  local stop = math.min(captured, math.max(head_length, whole - foot))
  local length = stop - head_length
  if length > 0 then
    local range = tvb:range(head_length, length)
    if (head.ck or 0) ~= 0 or (head.sc or 1) > 1 then tree:add(fields.coat, range)
    elseif head.bk == 1 then tree:add(fields.body, range)
    else tree:add(fields.raw_body, range) end
  end
  if foot > 0 and stop < captured then tree:add(fields.foot, tvb:range(stop, captured - stop)) end
end

function raet.dissector(tvb, pinfo, tree)
  local text = tvb:raw(0, math.min(tvb:len(), HEAD_MAX))
  local json = is_json(text)
  if not json and not is_raet(text) then return 0 end
  pinfo.cols.protocol = "RAET"
  local root = tree:add(raet, tvb:range())
  root:add(fields.style, tvb:range(0, json and 1 or 2), json and 1 or 0)
  local found, head_length
  if json then found, head_length = read_json(text) else found, head_length = read_raet(text) end
  local head = add_fields(root, tvb, found)
  local summary = describe(head)
  pinfo.cols.info = summary
  root:append_text(", " .. summary)
  if not head_length then
    root:add_proto_expert_info(bad_head)
    return tvb:len()
  end
  if head.pl and head.pl ~= tvb:reported_len() then root:add_proto_expert_info(bad_length) end
  add_rest(root, tvb, head, head_length)
  return tvb:len()
end

local function heuristic(tvb, pinfo, tree)
  local text = tvb:raw(0, math.min(tvb:len(), #JSON_START))
  if not is_json(text) and not is_raet(text) then return false end
  raet.dissector(tvb, pinfo, tree)
  return true
end

raet:register_heuristic("udp", heuristic)
-- For "Decode As", and for the port of the reference.
DissectorTable.get("udp.port"):add(7530, raet)
