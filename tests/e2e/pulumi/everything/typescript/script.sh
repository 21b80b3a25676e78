#!/bin/sh
echo "$HOME ${HOME}"
